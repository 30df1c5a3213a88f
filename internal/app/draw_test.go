package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/draw"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// startBeacon serves a beacon with one round a second.
func startBeacon(t *testing.T) string {
	schedule := draw.Schedule{Genesis: time.Now().Unix() - 100, Period: 1}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		newest := uint64(time.Now().Unix()-schedule.Genesis) + 1
		round := newest
		switch which := strings.TrimPrefix(r.URL.Path, "/public/"); which {
		case "/info":
			_, _ = fmt.Fprintf(w, `{"genesis_time":%d,"period":%d}`, schedule.Genesis, schedule.Period)
			return
		case "latest":
		default:
			if _, err := fmt.Sscan(which, &round); err != nil || round > newest {
				http.NotFound(w, r)
				return
			}
		}
		signature := []byte(fmt.Sprint("signed ", round))
		sum := sha256.Sum256(signature)
		_, _ = fmt.Fprintf(w, `{"round":%d,"randomness":"%x","signature":"%x"}`, round, sum, signature)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestTheDrawCanBeCheckedFromOutside: fans gather on two nodes, and the order is drawn
// at the opening. The public routes suffice to check the draw.
func TestTheDrawCanBeCheckedFromOutside(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		t.Parallel()
		shared := node.Shared(t)
		shared.RedisURL = redisURL
		shared.Demo = func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 1 }
		beacon := startBeacon(t)
		shared.Change = func(o *app.Options) { o.BeaconURL = beacon }
		nodes := []*node.Node{node.Start(t, shared), node.Start(t, shared)}
		admin := nodes[0].SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
		admin.Do("GET", "/waitingList/draw", nil, 404)
		opens := time.Now().Add(10 * time.Second).UTC().Truncate(time.Millisecond) // all gather before, on a busy machine too
		admin.Do("PUT", "/admin/seasons/"+shared.Season, map[string]any{"opensAt": opens}, 200)
		promised, _ := admin.Do("GET", "/seasons/"+shared.Season, nil, 200)["draw"].(map[string]any)
		commitment, _ := promised["commitment"].(string)
		if len(commitment) != 64 || promised["held"] != false || promised["beacon"] != beacon {
			t.Fatalf("the commitment is not published when the opening is set up: %v", promised)
		}
		var fans []*node.Fan
		var gathered []string
		for i := range 12 {
			fan := nodes[i%2].SignIn(t, fanName(i))
			if fan.Status["state"] != "gathering" || fan.Status["position"] != nil {
				t.Fatalf("before the opening: %v", fan.Status)
			}
			fans, gathered = append(fans, fan), append(gathered, fan.ID)
		}
		var frozen map[string]any
		testkit.Eventually(t, 20*time.Second, "the gathered fans are recorded", func() (ok bool) {
			season := admin.Do("GET", "/seasons/"+shared.Season, nil, 200)
			frozen, ok = season["draw"].(map[string]any)["frozen"].(map[string]any)
			return ok
		})
		if due, err := time.Parse(time.RFC3339, frozen["due"].(string)); err != nil || !due.After(time.Now()) {
			t.Errorf("the inputs of the order are not public before the beacon's round: %v", frozen)
		}
		admin.Do("GET", "/waitingList/draw", nil, 404)
		testkit.Eventually(t, 20*time.Second, "the order is drawn", func() bool {
			return fans[0].Do("GET", "/auth/status", nil, 200)["state"] != "gathering"
		})
		ranks := map[float64]bool{}
		for i, fan := range fans {
			other := fan.At(nodes[(i+1)%2])
			var account map[string]any
			testkit.Eventually(t, 5*time.Second, "the other node shows the draw", func() (ok bool) {
				var status int
				status, account = other.Try("GET", "/waitingList/draw", nil)
				return status == 200
			})
			you := account["you"].(map[string]any)
			rank := you["rank"].(float64)
			ranks[rank] = true
			status := fan.Do("GET", "/auth/status", nil, 200)
			if rank == 1 && status["state"] != "turn" || rank > 1 && status["position"] != rank-1 {
				t.Errorf("rank %v is %v", rank, status)
			}
			if account["commitment"] != commitment || account["count"] != 12.0 || account["beacon"] == nil || account["gathered"] != frozen["gathered"] {
				t.Errorf("%v", account)
			}
		}
		if len(ranks) != 12 {
			t.Errorf("the ranks are %v", ranks)
		}

		recorded := fmt.Sprintf("%v/%v", frozen["gathered"], frozen["round"])
		check := draw.Check{URL: nodes[1].URL, Season: shared.Season, User: gathered[3], Commitment: commitment, Recorded: recorded, Beacon: beacon, Users: gathered}
		report, err := draw.Verify(t.Context(), check)
		if err != nil || len(report.Problems) > 0 || len(report.Open) > 0 || report.Rank == 0 {
			t.Errorf("%+v %v", report, err)
		}
		check.Users, check.Commitment = gathered[1:], hex.EncodeToString(make([]byte, 32))
		if report, err = draw.Verify(t.Context(), check); err != nil || len(report.Problems) != 3 {
			t.Errorf("a missing fan and another commitment are not reported as three problems: %+v %v", report, err)
		}

		file := filepath.Join(t.TempDir(), "gathered")
		slices.Sort(gathered)
		if err := os.WriteFile(file, []byte(strings.Join(gathered, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"draw", "verify", "--url", nodes[0].URL, "--season", shared.Season, "--commitment", commitment, "--recorded", recorded, "--beacon-url", beacon}
		printed, status := node.Run(t, "usher", append(args, "--user", fans[0].ID, "--gathered", file)...)
		if status != 0 || !strings.Contains(printed, "user "+fans[0].ID+" has rank") || strings.Contains(printed, "open:") {
			t.Errorf("%d:\n%s", status, printed)
		}
		if printed, status = node.Run(t, "usher", append(args, "--user", "unknown")...); status != 1 {
			t.Errorf("%d:\n%s", status, printed)
		}
	})
}

// TestAFanChecksTheDrawInTheBrowser: the page shows and stores the commitment before
// the opening, shows the draw without reloading, and computes the fan's rank itself.
// The keyboard alone suffices.
func TestAFanChecksTheDrawInTheBrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	beacon := startBeacon(t)
	n := node.Start(t, node.Options{
		Demo:   func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 1 },
		Change: func(o *app.Options) { o.BeaconURL = beacon },
	})
	admin := n.SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	admin.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"opensAt": time.Now().Add(50 * time.Second)}, 200)
	watcher := window(t, browser, "Watcher")
	watcher.opens(n.URL + "/draw")
	watcher.sees("heading", "The draw · *")
	watcher.reads("main", "", "The commitment, published when the opening was set up")
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/")
	fan.clicks("link", "How the order is drawn, and how to check it")
	fan.sees("heading", "The draw · *")
	fan.opens(n.URL + "/")
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.sees("region", "Your place in line")
	admin.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"opensAt": nil}, 200)
	watcher.reads("main", "", "The order follows from round")
	fan.sees("region", "It is your turn")
	fan.opens(n.URL + "/draw")
	fan.clicks("button", "Check the draw")
	fan.reads("status", "Result", "Everything fits. This user drew place 1.")
	fan.picture("draw")

	watcher.sees("button", "Check the draw")
	watcher.clicks("textbox", "User id (yours is filled in when you are signed in)")
	watcher.presses("\r")
	watcher.reads("status", "Result", "Everything fits.")
	for _, kept := range []string{"The commitment is the one you noted.", "The hash of those who had gathered is the one you noted.", "The beacon is the one that was promised."} {
		watcher.reads("status", "Result", "✓ "+kept)
	}
	if focused := watcher.focused(); !strings.HasPrefix(focused, "Everything fits.") {
		t.Errorf("after checking, the focus is on %q", focused)
	}
}

// presses types keys into the focused element.
func (p *person) presses(keys string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, action)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		p.t.Fatal(p.name, err)
	}
}

// focused returns the text of the focused element.
func (p *person) focused() string {
	p.t.Helper()
	return ask(p, "find the focus", func(ctx context.Context) (string, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[string]("document.activeElement.innerText"))
	})
}
