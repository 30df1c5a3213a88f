package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Go program reads the clock without the C library, so libfaketime cannot change
// its clock, whether it is built with cgo or not. Instead the node of this fault is
// built from the same sources with another standard library: go build -overlay puts a
// package time in place whose Now adds the seconds that clockVar names. So everything
// in the process sees the wrong clock: the product, its drivers, its certificates.
const clockVar = "USHER_TEST_CLOCK_OFFSET"

// now is the line of package time that reads the clock.
const now = "sec, nsec, mono := runtimeNow()\n"

const clockOffset = `
// wallOffset is how many seconds the clock is fast.
var wallOffset = func() (seconds int64) {
	text, _ := syscall.Getenv("` + clockVar + `")
	for _, digit := range []byte(text) {
		if digit != '-' {
			seconds = seconds*10 + int64(digit-'0')
		}
	}
	if len(text) > 0 && text[0] == '-' {
		return -seconds
	}
	return seconds
}()
`

// clockProgram builds usher with a clock that clockVar changes, and returns its path.
// The first build compiles the whole standard library and takes about a minute; go
// keeps the result.
func clockProgram(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("go env GOROOT:", err)
	}
	source := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), now, now+"\tsec += wallOffset\n", 1)
	changed = strings.Replace(changed, "import (\n", "import (\n\t\"syscall\"\n", 1) + clockOffset
	if strings.Count(changed, "wallOffset") != 3 || strings.Count(changed, `"syscall"`) != 1 {
		t.Fatalf("%s does not look as expected: change the text that clock.go replaces", source)
	}
	// The folder stays the same, so that go finds what it has built.
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "usher-test", "clock")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: filepath.Join(folder, "time.go")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"time.go": []byte(changed), "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(t.TempDir(), "usher")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(folder, "overlay.json"), "-o", program, "usher/cmd/usher")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("building usher with another clock: %w\n%s", err, said))
	}
	return program
}
