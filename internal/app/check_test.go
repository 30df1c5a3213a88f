package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	"usher/internal/wire"
)

// linesOf indexes a report by the names of its lines. The last of several counts.
func linesOf(report wire.CheckReport) map[string]wire.CheckLine {
	found := map[string]wire.CheckLine{}
	for _, line := range report.Lines {
		found[line.Name] = line
	}
	return found
}

// TestTheCommandChecksALiveSale: usher check compares itself with a running node, on the
// embedded stores, and its exit status says what it found.
func TestTheCommandChecksALiveSale(t *testing.T) {
	t.Parallel()
	o := node.Shared(t)
	node.OnSale(t, o)
	p := node.StartProcess(t, o)
	run := func(status int, args ...string) string {
		t.Helper()
		printed, got := node.Run(t, "usher", append([]string{
			"check", "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database,
			"--payments", "sandbox", "--public-url", p.URL,
		}, args...)...)
		if got != status {
			t.Fatalf("usher check %v exits %d, want %d:\n%s", args, got, status, printed)
		}
		return printed
	}
	check := func(args ...string) map[string]wire.CheckLine {
		t.Helper()
		printed := run(1, append(args, "--json")...)
		var report wire.CheckReport
		if err := json.Unmarshal([]byte(printed[:strings.LastIndex(printed, "}")+1]), &report); err != nil || report.OK || report.Season != o.Season {
			t.Fatalf("%v: the report is %s", err, printed)
		}
		return linesOf(report)
	}
	lines := check("--signing-key", o.Key, "--fans", "777")
	for name, want := range map[string]wire.CheckState{
		"redis": wire.CheckOK, "redis-rights": wire.CheckOK, "redis-identity": wire.CheckOK, "redis-append-only": wire.CheckWarn,
		"clocks": wire.CheckOK, "mongo": wire.CheckWarn, "mongo-writes": wire.CheckOK, "keys": wire.CheckOK,
		"public-url": wire.CheckFail, "site": wire.CheckOK, "site-keys": wire.CheckOK, "payments": wire.CheckFail, "plan": wire.CheckOK,
	} {
		if lines[name].State != want {
			t.Errorf("line %s is %+v, want %s", name, lines[name], want)
		}
	}
	other, err := dev.SigningKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lines = check("--signing-key", other)
	for _, name := range []string{"keys", "site-keys"} {
		if lines[name].State != wire.CheckFail {
			t.Errorf("with another key line %s is %+v", name, lines[name])
		}
	}
	text := run(1, "--signing-key", o.Key)
	if !strings.Contains(text, "\nok    redis-rights ") || !strings.Contains(text, "\nFAIL  payments ") || !strings.Contains(text, "every ticket is free") {
		t.Errorf("usher check prints:\n%s", text)
	}
	run(2, "--signing-key", o.Key, "--fans", "-1")
	run(2, "--signing-key", o.Key, "--mongo-url", "http://nowhere")
	if printed, status := node.Run(t, "usher", "--version"); status != 0 || !strings.HasPrefix(printed, "usher ") || !strings.Contains(printed, "go1.") {
		t.Errorf("usher --version exits %d: %s", status, printed)
	}
}

// TestMissingIndexesAreMade: a node that runs makes the indexes that a check asks for.
func TestMissingIndexesAreMade(t *testing.T) {
	t.Parallel()
	n := node.Start(t, node.Options{})
	admin := n.SignIn(t, "Admin")
	admin.Do("GET", "/admin/seasons/nowhere/check", nil, 404)
	admin.Do("GET", "/admin/seasons/"+n.Season+"/check?fans=many", nil, 400)
	n.SignIn(t, "Ann").Do("GET", "/admin/seasons/"+n.Season+"/check", nil, 403)
	testkit.Eventually(t, patience, "every index is there", func() bool {
		text, err := json.Marshal(admin.Do("GET", "/admin/seasons/"+n.Season+"/check?fans=5", nil, 200))
		var report wire.CheckReport
		if err == nil {
			err = json.Unmarshal(text, &report)
		}
		if err != nil || report.Fans != 5 {
			t.Fatalf("%v: the report is %s", err, text)
		}
		return linesOf(report)["mongo-indexes"].State == wire.CheckOK
	})
}

// TestAnAdminChecksTheSale: by keyboard, and the list says each state in words.
func TestAnAdminChecksTheSale(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	admin.clicks("link", "Admin")
	admin.sees("heading", "Before the sale")
	admin.sees("spinbutton", "Expected fans")
	admin.runs(`document.getElementById("expected-fans").focus()`)
	admin.presses("50000\r")
	admin.reads("list", "Before the sale", "FAIL", "payments", "every ticket is free", "warn", "Look at it by other means.", "ok", "MongoDB honours the write concern")
	admin.reads("list", "Before the sale", "50000 fans")
	admin.runs(`document.querySelector(".checks").scrollIntoView()`)
	admin.picture("check")
}
