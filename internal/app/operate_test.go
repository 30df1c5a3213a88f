package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAnOperatorPutsASeasonOnSale: usher-dev stores, the usher commands and two nodes
// suffice for a sale, without demo data.
func TestAnOperatorPutsASeasonOnSale(t *testing.T) {
	t.Parallel()
	o := node.Shared(t)
	at := []string{"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database}
	usher := func(status int, args ...string) string {
		t.Helper()
		printed, got := node.Run(t, "usher", append(args, at...)...)
		if got != status {
			t.Fatalf("usher %v exits %d, want %d:\n%s", args, got, status, printed)
		}
		return printed
	}
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	season := file("season.yaml", "id: "+o.Season+"\nname: Autumn Gala\ncurrency: USD\nactiveLimit: 2\nhold: 90s\n")
	if printed := usher(0, "season", "apply", season); !strings.Contains(printed, "Autumn Gala") {
		t.Errorf("season apply printed: %s", printed)
	}
	if printed := usher(1, "season", "apply", file("bad.yaml", "id: "+o.Season+"\nactiveLimit: -1\nmaxSeats: 0\n")); !strings.Contains(printed, "activeLimit") || !strings.Contains(printed, "maxSeats") {
		t.Errorf("the output does not name every wrong setting: %s", printed)
	}
	if printed := usher(0, "season", "list"); !strings.Contains(printed, o.Season) {
		t.Errorf("season list printed: %s", printed)
	}
	if printed := usher(1, "seats", "import", "--season", o.Season, file("bad.csv", "seatNumber,category,price\nA-1,VIP,4500\nA-1,Royal,x\n")); !strings.Contains(printed, "bad.csv:3:") {
		t.Errorf("the errors do not name line and column: %s", printed)
	}
	plan := file("seats.csv", "seatNumber,category,price\nA-1,VIP,4500\nA-2,VIP,4500\nB-1,Regular,2500\n")
	if printed := usher(0, "seats", "import", "--season", o.Season, plan); !strings.Contains(printed, "3 seats, version 1") {
		t.Errorf("seats import printed: %s", printed)
	}
	if printed := usher(0, "seats", "import", "--season", o.Season, plan); !strings.Contains(printed, "3 seats, version 1") {
		t.Errorf("importing the same plan again printed: %s", printed)
	}

	p := node.StartProcess(t, o)
	fan := node.Mint(t, o, p.URL, "Ann")
	if status := fan.Do("POST", "/waitingList/join", nil, 200); status["state"] != "active" || status["limit"] != 2.0 {
		t.Fatalf("joined: %v", status)
	}
	cart := fan.Do("POST", "/holds", map[string]any{"seats": []string{"A-1", "B-1"}}, 201)
	if cart["total"] != 7000.0 || cart["currency"] != "USD" {
		t.Errorf("cart: %v", cart)
	}
	usher(1, "seats", "import", "--season", o.Season, file("other.csv", "seatNumber,category,price\nZ-1,VIP,1\n")) // refused: the season is on sale
	fan.Do("POST", "/transactions", map[string]any{"seats": []string{"A-1", "B-1"}, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "k")
	usher(0, "season", "apply", file("more.yaml", "id: "+o.Season+"\nactiveLimit: 7\n"))
	testkit.Eventually(t, 10*time.Second, "a running node applies the new limit", func() bool {
		return fan.Do("GET", "/auth/status", nil, 200)["limit"] == 7.0
	})
	usher(0, "audit", "--season", o.Season)
	usher(2, "audit", "--season", "nowhere")
}

// TestTheEmbeddedStoresServeSeveralNodes: two nodes of usher serve use the stores of
// usher-dev stores.
func TestTheEmbeddedStoresServeSeveralNodes(t *testing.T) {
	t.Parallel()
	stores := node.Launch(t, "usher-dev", "stores", "--redis-listen", "127.0.0.1:0", "--mongo-listen", "127.0.0.1:0", "--data", t.TempDir())
	o := node.Shared(t)
	o.RedisURL, o.MongoURL = stores.Field(t, "redis"), stores.Field(t, "mongo")
	node.OnSale(t, o)
	a, b := node.StartProcess(t, o), node.StartProcess(t, o)
	ann := node.Mint(t, o, a.URL, "Ann")
	if status := ann.Do("POST", "/waitingList/join", nil, 200); status["state"] != "active" {
		t.Fatalf("joined: %v", status)
	}
	ann.URL = b.URL
	if status := ann.Do("GET", "/auth/status", nil, 200); status["state"] != "active" {
		t.Errorf("the other node answers %v", status)
	}

	// The sessions are over on both nodes, although no node has a record of them.
	bob := node.Mint(t, o, a.URL, "Bob")
	revoke := func(status int, args ...string) string {
		t.Helper()
		at := []string{"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database}
		printed, got := node.Run(t, "usher", append(append([]string{"sessions", "revoke"}, args...), at...)...)
		if got != status {
			t.Fatalf("usher sessions revoke %v exits %d, want %d:\n%s", args, got, status, printed)
		}
		return printed
	}
	revoke(2)
	revoke(2, "--all", "--user", bob.ID)
	if printed := revoke(2, "--user", "bob"); !strings.Contains(printed, "24 hexadecimal digits") {
		t.Errorf("a wrong id: %s", printed)
	}
	if printed := revoke(0, "--user", bob.ID); !strings.Contains(printed, bob.ID) {
		t.Errorf("printed: %s", printed)
	}
	bob.Do("GET", "/auth/me", nil, 401)
	ann.Do("GET", "/auth/me", nil, 200)
	revoke(0, "--all")
	for _, url := range []string{a.URL, b.URL} {
		ann.URL = url
		ann.Do("GET", "/auth/me", nil, 401)
	}
	node.Mint(t, o, a.URL, "Ann").Do("GET", "/auth/me", nil, 200)
}
