package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTheNightlyReport: usher audit --json reports how much it checked and each
// violation. The exit status is 1 for a violation.
func TestTheNightlyReport(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	n := node.Start(t, o)
	fan := n.SignIn(t, "Ann")
	seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 3}}, 201))
	fan.Do("POST", "/transactions", map[string]any{"seats": seats[:2], "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "k")
	answer, err := http.Get(n.URL + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	keys, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	jwks := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(jwks, keys, 0o600); err != nil {
		t.Fatal(err)
	}
	audit := func(redisURL string, want int, args ...string) string {
		t.Helper()
		args = append([]string{"audit", "--redis-url", redisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database}, args...)
		printed, status := node.Run(t, "usher", args...)
		if status != want {
			t.Fatalf("usher %v: exit status %d, want %d:\n%s", args, status, want, printed)
		}
		return printed
	}
	type report struct {
		Season, StartedAt, FinishedAt string
		Checked                       map[string]int
		Violations                    []struct {
			Invariant int
			Sentence  string
		}
		OK bool
	}
	read := func(printed string) (r report) {
		t.Helper()
		line, _, _ := strings.Cut(printed, "\n")
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, printed)
		}
		return r
	}

	if printed := audit(o.RedisURL, 0, "--season", o.Season); printed != "season "+o.Season+": 60 seats, 1 purchase and 2 tickets checked: clean\n" {
		t.Errorf("a clean audit says %q", printed)
	}
	alone := exec.CommandContext(t.Context(), testkit.Program(t, "usher"), "audit", "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database)
	if found, err := alone.Output(); err != nil || len(found) > 0 {
		t.Errorf("the standard output of a clean audit is %q, %v; want nothing", found, err)
	}
	clean := read(audit(o.RedisURL, 0, "--season", o.Season, "--json", "--jwks", jwks))
	if !clean.OK || clean.Season != o.Season || clean.Violations == nil || len(clean.Violations) != 0 || clean.StartedAt == "" || clean.FinishedAt < clean.StartedAt {
		t.Errorf("a clean report: %+v", clean)
	}
	for what, n := range map[string]int{"seats": 60, "held": 1, "carts": 1, "transactions": 1, "claims": 2, "tickets": 2, "signatures": 2, "refunds": 0, "charges": 1, "waiting": 0, "active": 1} {
		if got, there := clean.Checked[what]; got != n || !there {
			t.Errorf("the report has checked %d %s, want %d", got, what, n)
		}
	}
	if without := read(audit(o.RedisURL, 0, "--season", o.Season, "--json")); without.Checked["signatures"] != 0 {
		t.Error("signatures were checked without keys")
	}

	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	if err := stores.Redis.SetBit(t.Context(), "held:{"+o.Season+"}", 50, 1).Err(); err != nil {
		t.Fatal(err)
	}
	if printed := audit(o.RedisURL, 1, "--season", o.Season); strings.Count(printed, "but has no holder\n") != 1 {
		t.Errorf("a violation is printed as %q", printed)
	}
	wrong := read(audit(o.RedisURL, 1, "--season", o.Season, "--json"))
	if wrong.OK || len(wrong.Violations) != 2 || wrong.Violations[0].Invariant != 1 {
		t.Errorf("a report of a violation: %+v", wrong)
	}

	audit(o.RedisURL, 2, "--season", "nowhere")
	audit(o.RedisURL, 2, "--season", o.Season, "--jwks", filepath.Join(t.TempDir(), "none.json"))
	audit("redis://127.0.0.1:1", 2, "--season", o.Season)
	audit(o.RedisURL, 2)
}
