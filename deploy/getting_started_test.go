package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTheLinesOfGettingStartedRun: what someone new types in docs/getting-started.md leads
// to a ticket, and to a season with a plan on a node of the real program. Only the first
// line, make build, is done by the test itself.
func TestTheLinesOfGettingStartedRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"openssl", "curl"} {
		find(t, name)
	}
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(read(t, "../docs/getting-started.md"), -1) {
		lines = append(lines, block[1])
	}
	if len(lines) != 6 || lines[0] != "make build\n" {
		t.Fatalf("docs/getting-started.md has %d blocks of lines, want 6 that begin with make build", len(lines))
	}
	dir := t.TempDir()
	linkPrograms(t, dir, "usher", "usher-dev")
	// Much more than the lines take on a busy machine.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := isolated(t, ctx, "set -x\n"+strings.Join(lines[1:], "\n"))
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		logs := ""
		found, _ := filepath.Glob(filepath.Join(dir, "*.log"))
		for _, path := range found {
			text, _ := os.ReadFile(path)
			logs += "\n" + filepath.Base(path) + ":\n" + string(text)
		}
		t.Fatalf("%v\n%s\n%s", err, out, logs)
	}
}
