package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"usher/internal/testkit"
)

// unit writes the unit with a program that is there and returns its path.
func unit(t *testing.T) string {
	t.Helper()
	text := replace(t, read(t, "systemd/usher.service"), "/usr/local/bin/usher", testkit.Program(t, "usher"))
	path := filepath.Join(t.TempDir(), "usher.service")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheUnitIsRight: systemd knows every line of it.
func TestTheUnitIsRight(t *testing.T) {
	t.Parallel()
	analyze := find(t, "systemd-analyze")
	if out, err := exec.Command(analyze, "verify", unit(t)).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	stop := regexp.MustCompile(`(?m)^TimeoutStopSec=(\d+)$`).FindStringSubmatch(read(t, "systemd/usher.service"))
	if stop == nil {
		t.Fatal("the unit has no TimeoutStopSec")
	}
	if seconds, _ := strconv.Atoi(stop[1]); seconds <= 25 {
		t.Errorf("a node has %d s to stop, and drains for up to 20 s", seconds)
	}
}

// TestTheUnitIsHardened: of the points from 0, safe, to 10 that systemd gives to a
// service, the unit has less than 1.5. A node needs the network, which costs 0.8.
func TestTheUnitIsHardened(t *testing.T) {
	t.Parallel()
	analyze := find(t, "systemd-analyze")
	out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold=15", unit(t)).CombinedOutput()
	if strings.Contains(string(out), "unrecognized option") {
		t.Skip("this systemd-analyze judges no unit that is not installed")
	}
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "Overall exposure level") {
		t.Errorf("no judgement:\n%s", out)
	}
}
