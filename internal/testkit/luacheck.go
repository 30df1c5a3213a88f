package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"usher/internal/store"
)

// Luacheck lets luacheck read each script together with the parts it includes,
// under the rules of .luacheckrc. The test is skipped where luacheck is not
// installed. The root is the repository's, seen from the test's package.
func Luacheck(t *testing.T, root string, scripts store.Scripts) {
	t.Helper()
	luacheck, err := exec.LookPath("luacheck")
	if err != nil {
		t.Skip("luacheck is not installed")
	}
	names, err := scripts.Names()
	if err != nil || len(names) == 0 {
		t.Fatalf("%d scripts: %v", len(names), err)
	}
	dir := t.TempDir()
	args := []string{"--no-color", "--quiet", "--no-cache", "--config", filepath.Join(root, ".luacheckrc")}
	for _, name := range names {
		source, err := scripts.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".lua")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if found, err := exec.Command(luacheck, args...).CombinedOutput(); err != nil {
		t.Errorf("luacheck: %v\n%s", err, found)
	}
}
