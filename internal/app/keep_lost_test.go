package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAStoppedDevelopmentServerKeepsPlaces: when the program was stopped for longer
// than the lease, no fan counts as idle.
func TestAStoppedDevelopmentServerKeepsPlaces(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startKept(t, data, "--lease", "5s", "--session", "1h")
	ann := node.SignInAt(t, p.URL, "demo", "Ann")
	testkit.Eventually(t, 30*time.Second, "all changes are in the file", func() func() bool {
		saved := savedAgain(t, data)
		return func() bool {
			status := ann.Do("GET", "/auth/status", nil, 200) // renews the lease
			return saved() && status["state"] == "active"
		}
	}())
	p.Kill()
	stopped := time.Now()
	testkit.Eventually(t, 30*time.Second, "more time than the lease has passed", func() bool { return time.Since(stopped) > 7*time.Second })
	p = startKept(t, data, "--lease", "5s", "--session", "1h")
	ann.URL = p.URL
	if state := ann.Open().Welcome.At("status.state"); state != "active" {
		t.Errorf("the place was lost while the program was stopped: %v", state)
	}
}

// TestTheDevelopmentServerRecoversALostSecond: a kill -9 loses the changes since the
// last save. A purchase of that time stays. A fan who joined in that time gets the
// number back by the signed place, or a number that no other fan has.
func TestTheDevelopmentServerRecoversALostSecond(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	flags := []string{"--active-limit", "1", "--lease", "30m", "--session", "1h", "--hold", "50m"}
	p := startKept(t, data, flags...)
	ann, bob := node.SignInAt(t, p.URL, "demo", "Ann"), node.SignInAt(t, p.URL, "demo", "Bob")
	testkit.Eventually(t, 30*time.Second, "all changes are in the file", savedAgain(t, data))
	file := filepath.Join(data, "redis.snapshot")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cid := node.SignInAt(t, p.URL, "demo", "Cid")
	seats := seatNumbers(ann.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
	sold := ann.Do("POST", "/transactions", purchaseOf(seats...), 201, "Idempotency-Key", "k")
	p.Kill()
	if err := os.WriteFile(file, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	p = startKept(t, data, flags...)
	ann.URL, bob.URL, cid.URL = p.URL, p.URL, p.URL

	testkit.Eventually(t, 2*time.Minute, "the seats show as sold", func() bool {
		for _, seat := range seats {
			if status, answer := bob.Try("GET", "/seats/"+seat, nil); status != 200 || answer["status"] != "booked" {
				return false
			}
		}
		return true
	})
	again := ann.Do("POST", "/transactions", purchaseOf(seats...), 201, "Idempotency-Key", "k")
	if again["id"] != sold["id"] || again["status"] != "completed" {
		t.Errorf("the purchase was %v and is %v", sold, again)
	}
	dan := node.SignInAt(t, p.URL, "demo", "Dan")
	numbers := map[any]string{}
	for _, fan := range []*node.Fan{bob, cid, dan} {
		body := map[string]any{}
		if place, ok := fan.Status["place"].(string); ok {
			body["place"] = place
		}
		var status map[string]any
		testkit.Eventually(t, 60*time.Second, fan.Name+" is in the line", func() bool {
			var code int
			code, status = fan.Try("POST", "/waitingList/join", body)
			return code == 200 && (status["state"] == "waiting" || status["state"] == "turn" || status["state"] == "active")
		})
		t.Logf("%s had number %v and is %v with %v", fan.Name, fan.Status["number"], status["state"], status["number"])
		if other, twice := numbers[status["number"]]; twice && status["number"] != nil {
			t.Errorf("%s and %s have number %v", fan.Name, other, status["number"])
		}
		numbers[status["number"]] = fan.Name
	}
}

// startKept starts the development server on a folder.
func startKept(t *testing.T, data string, flags ...string) *node.Process {
	t.Helper()
	p := node.Launch(t, "usher-dev", append([]string{"--listen", "127.0.0.1:0", "--ops-listen", "", "--data", data, "--seats", "40"}, flags...)...)
	p.Season = "demo"
	node.WaitReady(t, p.URL)
	return p
}
