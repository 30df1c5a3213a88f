package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// ProgramsVar names the environment variable with the folder of the programs, if
// they are built already: make test builds them once for all packages.
const ProgramsVar = "USHER_TEST_PROGRAMS"

var programs struct {
	sync.Mutex
	paths map[string]string
}

// Program builds a program of this module, without the race detector, and
// returns its path. The test binaries of one checkout share the file, so the
// program is linked once and again only after a change. A test that runs a
// program is a long one.
func Program(t testing.TB, name string) string {
	t.Helper()
	Long(t)
	path, err := program(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func program(name string) (string, error) {
	if folder := os.Getenv(ProgramsVar); folder != "" {
		return filepath.Join(folder, name), nil
	}
	programs.Lock()
	defer programs.Unlock()
	if path, ok := programs.paths[name]; ok {
		return path, nil
	}
	folder, err := programFolder()
	if err != nil {
		return "", err
	}
	unlock, err := lockFile(filepath.Join(folder, name+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	path := filepath.Join(folder, name)
	if out, err := exec.Command("go", "build", "-o", path, "usher/cmd/"+name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	if programs.paths == nil {
		programs.paths = map[string]string{}
	}
	programs.paths[name] = path
	return path, nil
}

// programFolder is where the programs of this checkout lie.
func programFolder() (string, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	hash := sha256.Sum256([]byte(strings.TrimSpace(string(module))))
	folder := filepath.Join(cache, "usher-test", hex.EncodeToString(hash[:8]))
	return folder, os.MkdirAll(folder, 0o700)
}

// lockFile waits for an exclusive lock, which ends with this process at the
// latest.
func lockFile(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
