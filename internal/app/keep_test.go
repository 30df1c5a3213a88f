package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheDevelopmentServerKeepsItsLine: with --data, an active fan keeps place and
// cart, and a waiting fan keeps the place in line, after a stop and after kill -9.
func TestTheDevelopmentServerKeepsItsLine(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start := func() *node.Process {
		p := node.Launch(t, "usher-dev", "--listen", "127.0.0.1:0", "--ops-listen", "", "--data", data,
			"--active-limit", "1", "--seats", "40", "--lease", "30m", "--session", "1h", "--hold", "50m")
		p.Season = "demo"
		node.WaitReady(t, p.URL)
		return p
	}
	p := start()
	ann := node.SignInAt(t, p.URL, "demo", "Ann")
	ann.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201)
	bob := node.SignInAt(t, p.URL, "demo", "Bob")
	line, _ := bob.Do("GET", "/auth/status", nil, 200)["number"].(float64)
	if line == 0 {
		t.Fatal("Bob does not wait")
	}
	cart := ann.Do("GET", "/holds", nil, 200)
	auditsByTheGreeting(t, p)
	for _, stop := range []func(){
		func() {
			p.Signal(t, syscall.SIGTERM)
			if status := p.WantExit(t, 25*time.Second); status != 0 {
				t.Fatalf("exit status %d:\n%s", status, p.Log())
			}
		},
		func() {
			testkit.Eventually(t, 30*time.Second, "all changes are in the file", savedAgain(t, data))
			p.Kill()
		},
	} {
		stop()
		p = start()
		ann.URL, bob.URL = p.URL, p.URL
		testkit.Eventually(t, 30*time.Second, "the places are restored", func() bool {
			_, status := ann.Try("GET", "/auth/status", nil)
			return status["state"] == "active"
		})
		if kept := ann.Do("GET", "/holds", nil, 200); kept["expiresAt"] != cart["expiresAt"] || len(kept["seats"].([]any)) != 2 {
			t.Errorf("the cart was %v and is %v", cart, kept)
		}
		if status := bob.Do("GET", "/auth/status", nil, 200); status["state"] != "waiting" || status["number"] != line || status["position"] != 1.0 {
			t.Errorf("Bob had number %v and is %v", line, status)
		}
	}
}

// savedAgain reports whether the embedded Redis was saved twice since the first call.
// Then the file has all changes from before that call.
func savedAgain(t *testing.T, data string) func() bool {
	t.Helper()
	writes, last := 0, time.Time{}
	return func() bool {
		info, err := os.Stat(filepath.Join(data, "redis.snapshot"))
		if err != nil {
			return false
		}
		if !info.ModTime().Equal(last) {
			writes, last = writes+1, info.ModTime()
		}
		return writes > 2
	}
}

// auditsByTheGreeting runs the two lines by which usher-dev says how commands reach its
// stores, as a person pastes them.
func auditsByTheGreeting(t *testing.T, p *node.Process) {
	t.Helper()
	found := regexp.MustCompile(`(?m)^  (export USHER_REDIS_URL=.*)\n  usher (audit .*)$`).FindStringSubmatch(p.Log())
	if found == nil {
		t.Fatalf("the stores' addresses are not printed:\n%s", p.Log())
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", found[1]+` && exec "$0" `+found[2], testkit.Program(t, "usher"))
	printed, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(printed), "season demo: 40 seats, ") || !strings.HasSuffix(string(printed), ": clean\n") {
		t.Errorf("usher audit by the printed lines: %v\n%s", err, printed)
	}
}
