package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listed is the description of a package by go list.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "usher/...").Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	all := map[string]listed{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// leaves may be imported by every package: they know nothing of the domain.
var leaves = []string{"usher/internal/fault", "usher/internal/keys", "usher/internal/wire", "usher/internal/store", "usher/internal/draw", "usher/internal/warn", "usher/internal/text", "usher/internal/trace", "usher/internal/xlsx", "usher/internal/limit"}

// TestImportsFollowTheRooms holds the arrows of ARCHITECTURE.md: cmd → app →
// web → {hub, queue, booking, auth, wire} → store.
func TestImportsFollowTheRooms(t *testing.T) {
	rules := []struct {
		of      string
		allowed []string
		reason  string
	}{
		{"usher/internal/fault", nil, "a leaf"},
		{"usher/internal/warn", nil, "a leaf"},
		{"usher/internal/text", nil, "a leaf"},
		{"usher/internal/limit", []string{"usher/internal/fault"}, "counting knows nothing of what is counted"},
		{"usher/internal/batch", nil, "a leaf"},
		{"usher/internal/csvsheet", []string{"usher/internal/fault", "usher/internal/text"}, "what people save knows no domain; a fault names the wrong lines, text compares the names of columns"},
		{"usher/internal/xlsx", nil, "a workbook knows no domain"},
		{"usher/internal/draw", nil, "a draw is checked without a server"},
		{"usher/internal/keys", nil, "a leaf"},
		{"usher/internal/accent", nil, "colors are computed from a color"},
		{"usher/internal/logo", nil, "a picture is made safe without knowing whose it is"},
		{"usher/internal/wire", []string{"usher/internal/fault"}, "the protocol is shapes and their errors"},
		{"usher/internal/trace", []string{"usher/internal/fault"}, "a span knows no domain beside the code of a fault"},
		{"usher/internal/trace/otlp", []string{"usher/internal/trace"}, "only this package links the exporter"},
		{"usher/internal/store", []string{"usher/internal/fault", "usher/internal/trace"}, "connections know nothing of what lies in the stores"},
		{"usher/hub", []string{"usher/internal/fault"}, "the hub carries bytes without their meaning"},
		{"usher/queue", []string{"usher/internal/batch", "usher/internal/draw", "usher/internal/fault", "usher/internal/keys", "usher/internal/store"}, "the line never knows what a place is for"},
		{"usher/booking/payment", []string{"usher/internal/fault", "usher/internal/store"}, "a payment knows nothing of orders and seats"},
		{"usher/booking/feed", []string{"usher/internal/fault", "usher/internal/store", "usher/internal/wire"}, "the outbox knows events, not orders; wire says how it writes a time"},
		{"usher/booking/seatmap", []string{"usher/internal/csvsheet", "usher/internal/fault", "usher/internal/text"}, "a seat map is computed, without I/O"},
		{"usher/booking/seats", []string{"usher/booking/seatmap", "usher/internal/batch", "usher/internal/fault", "usher/internal/store"}, "seats in Redis know no order and no MongoDB document"},
		{"usher/booking", []string{"usher/booking/feed", "usher/booking/payment", "usher/booking/seatmap", "usher/booking/seats", "usher/internal/accent", "usher/internal/csvsheet", "usher/internal/fault", "usher/internal/keys", "usher/internal/store", "usher/internal/text", "usher/internal/ticket", "usher/internal/trace", "usher/internal/wire", "usher/internal/xlsx"}, "booking sees the active set in Redis, never the queue; accent says which color a season may have, wire says how an export writes a time"},
		{"usher/internal/calendar", nil, "a calendar needs only its own text"},
		{"usher/internal/paper", nil, "a ticket on paper needs only its own text"},
		{"usher/internal/ticket", []string{"usher/internal/fault", "usher/internal/keys"}, "a ticket's code needs the keys and no store"},
		{"usher/internal/qrread", []string{"usher/internal/fault"}, "reading an image knows no ticket"},
		{"usher/internal/gate", []string{"usher/internal/csvsheet", "usher/internal/keys", "usher/internal/ticket", "usher/internal/wire"}, "a ticket is judged without stores and without a line"},
		{"usher/booking/payment/stripe", []string{"usher/booking/payment", "usher/internal/fault", "usher/internal/store"}, "a provider sees the border to booking and a ledger of its own"},
		{"usher/internal/auth", []string{"usher/internal/batch", "usher/internal/fault", "usher/internal/keys", "usher/internal/limit", "usher/internal/store", "usher/internal/text"}, "who is calling has nothing to do with a season"},
		{"usher/internal/challenge", []string{"usher/internal/fault"}, "a verifier's word becomes a fault; who must solve a challenge is decided in web"},
		{"usher/internal/pass", []string{"usher/internal/fault", "usher/internal/keys", "usher/internal/store"}, "a pass is signed and redeemed; who is active is asked through a function"},
		{"usher/internal/presale", []string{"usher/internal/keys", "usher/internal/store"}, "codes are counted without knowing a phase"},
		{"usher/internal/check", []string{"usher/booking", "usher/internal/fault", "usher/internal/keys", "usher/internal/store", "usher/internal/wire"}, "a check is handed what it asks; booking says what a season and a plan are, wire how a report is written"},
		{"usher/web/sale", []string{"usher/booking", "usher/hub", "usher/internal/fault", "usher/internal/wire"}, "the public state of a sale is made from seasons and seats, and is told through the hub; it knows no request"},
		{"usher/web/admin", []string{"usher/booking", "usher/internal/fault", "usher/internal/wire", "usher/queue"}, "what organisers ask about one fan is put together from the line and the season; it knows no session"},
		{"usher/web/bundle", nil, "bundling knows modules and no page"},
		{"usher/web/language", nil, "choosing a language reads a request and nothing else"},
		{"usher/web/gateway", []string{"usher/internal/auth", "usher/internal/fault", "usher/internal/wire", "usher/queue"}, "a check of a proxy is a session and a place"},
		{"usher/web/seatplan", []string{"usher/booking", "usher/internal/fault", "usher/internal/wire"}, "a plan is encoded from its seats; the package knows no request but the one for a plan"},
		{"usher/web/docs", []string{"usher/internal/fault"}, "the documentation describes the interface and uses none of it"},
		{"usher/web/look", []string{"usher/booking", "usher/internal/accent", "usher/internal/fault", "usher/internal/logo", "usher/internal/wire"}, "seasons keep a look; the package shows it and knows no user"},
		{"usher/web/desk", []string{"usher/booking", "usher/internal/fault", "usher/internal/text", "usher/internal/wire", "usher/web/language"}, "the desk sells what booking has, and writes receipts as tickets are written; it knows no session"},
		{"usher/web/approval", []string{"usher/booking", "usher/booking/payment", "usher/internal/fault", "usher/web/language"}, "the sandbox's payment page asks the sandbox, and writes amounts as tickets do"},
		{"usher/internal/mail", nil, "a mail is handed over without knowing what it says"},
		{"usher/web/letter", []string{"usher/booking", "usher/booking/feed", "usher/internal/calendar", "usher/internal/mail", "usher/internal/paper", "usher/internal/ticket", "usher/web/language", "usher/web/sheet"}, "a mail is written from what booking hands over; the feed says how a delivery ended"},
		{"usher/web/sheet", []string{"usher/booking", "usher/internal/calendar", "usher/internal/paper", "usher/internal/ticket", "usher/web/language"}, "the words of a ticket on paper come from the ticket and its season; it reads no store"},
		{"usher/web/allotments", []string{"usher/booking", "usher/internal/csvsheet", "usher/internal/fault", "usher/internal/text", "usher/internal/wire"}, "allotments are changed by booking; the package reads requests and files"},
		{"usher/web/presale", []string{"usher/booking", "usher/internal/csvsheet", "usher/internal/fault", "usher/internal/limit", "usher/internal/presale", "usher/internal/wire"}, "codes are read, counted and tried within a budget; which phase it is, the line says"},
		{"usher/web/boxoffice", []string{"usher/booking", "usher/internal/fault", "usher/internal/wire"}, "what the box office changes in purchases of fans: booking does it, web checks who asks"},
		{"usher/web", append([]string{"usher/internal/presale", "usher/web/boxoffice", "usher/web/presale", "usher/hub", "usher/queue", "usher/booking", "usher/booking/payment", "usher/internal/auth", "usher/internal/calendar", "usher/internal/challenge", "usher/internal/gate", "usher/internal/paper", "usher/internal/pass", "usher/internal/qrread", "usher/internal/ticket", "usher/clients/js", "usher/web/admin", "usher/web/allotments", "usher/web/approval", "usher/web/bundle", "usher/web/desk", "usher/web/docs", "usher/web/gateway", "usher/web/language", "usher/web/look", "usher/web/sale", "usher/web/seatplan", "usher/web/sheet"}, leaves...), "web serves the client with the app, and the documentation, and translates; queue, booking and auth use the stores"},
		{"usher/examples/go", nil, "an example has what the author of a client has"},
		{"usher/examples/ticket", nil, "an example has what the author of a scanner has"},
		{"usher/examples/pass", nil, "an example has what the author of a shop has"},
		{"usher/clients/js", nil, "the files of a client, and nothing else"},
		{"usher/internal/app", append([]string{"usher/internal/check", "usher/web", "usher/hub", "usher/queue", "usher/booking", "usher/booking/payment", "usher/booking/feed", "usher/booking/payment/stripe", "usher/internal/auth", "usher/internal/challenge", "usher/internal/mail", "usher/internal/pass", "usher/internal/presale", "usher/internal/trace/otlp", "usher/web/letter"}, leaves...), "app wires; what is for development comes in through its options"},
		{"usher/internal/rehearse", []string{"usher/booking", "usher/queue", "usher/internal/auth", "usher/internal/crowd", "usher/internal/fault", "usher/internal/store", "usher/internal/wire"}, "a rehearsal makes a season, sends the crowd to the site as fans, and removes what both left in the stores"},
		{"usher/cmd/usher", []string{"usher/internal/app", "usher/internal/crowd", "usher/internal/keys", "usher/internal/rehearse", "usher/internal/csvsheet", "usher/internal/draw", "usher/internal/gate", "usher/booking", "usher/booking/feed", "usher/internal/fault", "usher/internal/wire"}, "flags, environment, signals; wire says how a report writes a time, crowd which options and which progress a rehearsal has"},
		{"usher/internal/watch", nil, "it compares files with what a node serves over HTTP"},
		{"usher/internal/embedded", nil, "the embedded stores know nothing of what lies in them"},
		{"usher/internal/simulate", []string{"usher/queue", "usher/internal/embedded", "usher/internal/draw", "usher/internal/fault", "usher/internal/keys", "usher/internal/store"}, "a crowd in the line, which checks the draw itself, on embedded stores"},
		{"usher/internal/crowd", []string{"usher/internal/keys", "usher/internal/wire"}, "a crowd knows what a fan may know: the protocol, and keys to mint sessions"},
		{"usher/internal/chaos", []string{"usher/hub", "usher/internal/app", "usher/internal/crowd", "usher/internal/dev", "usher/internal/keys", "usher/internal/store", "usher/internal/testkit", "usher/internal/testkit/node"}, "faults happen to whole nodes, which the test kit starts; hub says with which code a flood ends"},
		{"usher/internal/chaos/table", []string{"usher/internal/chaos", "usher/internal/testkit"}, "the program shows what the runs have shown"},
		{"usher/cmd/usher-crowd", []string{"usher/internal/app", "usher/internal/crowd", "usher/internal/keys"}, "flags, environment, signals"},
		{"usher/cmd/usher-dev", []string{"usher/internal/app", "usher/booking", "usher/internal/dev", "usher/internal/embedded", "usher/internal/simulate", "usher/web"}, "flags, environment, signals, and the embedded stores; web turns a season into settings of its line"},
	}
	all := packages(t)
	for _, rule := range rules {
		p, ok := all[rule.of]
		if !ok {
			t.Errorf("%s: there is no such package", rule.of)
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "usher/") && !slices.Contains(rule.allowed, imported) {
				t.Errorf("%s imports %s, but %s", rule.of, imported, rule.reason)
			}
		}
	}
}

// TestProductionLinksNothingOfDevelopment: the production program carries no
// embedded store and no test kit.
func TestProductionLinksNothingOfDevelopment(t *testing.T) {
	p := packages(t)["usher/cmd/usher"]
	if len(p.Deps) == 0 {
		t.Fatal("usher/cmd/usher has no dependencies: the list is wrong")
	}
	forbidden := []string{"usher/internal/dev", "usher/internal/embedded", "usher/internal/simulate", "usher/internal/chaos", "usher/internal/testkit", "usher/internal/watch", "usher/booking/payment/stripe/stripetest", "github.com/FerretDB", "github.com/alicebob/miniredis", "modernc.org/sqlite", "testing", "github.com/chromedp"}
	for _, dep := range p.Deps {
		for _, prefix := range forbidden {
			if dep == prefix || strings.HasPrefix(dep, prefix+"/") {
				t.Errorf("usher/cmd/usher links %s", dep)
			}
		}
	}
}

// TestPackagesWithoutStoresLinkNone: packages that run without a server, or compute
// without I/O, link no database driver and no metrics.
func TestPackagesWithoutStoresLinkNone(t *testing.T) {
	all := packages(t)
	for _, path := range []string{"usher/internal/ticket", "usher/internal/gate", "usher/booking/seatmap"} {
		p, ok := all[path]
		if !ok || len(p.Deps) == 0 {
			t.Errorf("%s: there is no such package", path)
		}
		for _, dep := range p.Deps {
			for _, prefix := range []string{"go.mongodb.org/mongo-driver", "github.com/redis/go-redis", "github.com/prometheus", "usher/internal/store"} {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%s links %s", path, dep)
				}
			}
		}
	}
}

// TestEveryDependencyIsJustified: ARCHITECTURE.md has a sentence for each module that
// go.mod requires directly.
func TestEveryDependencyIsJustified(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{if not (or .Indirect .Main)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	if len(modules) == 0 {
		t.Fatal("go.mod requires nothing: the list is wrong")
	}
	version := regexp.MustCompile(`/v[0-9]+$`)
	for _, module := range modules {
		if name := path.Base(version.ReplaceAllString(module, "")); !strings.Contains(string(text), name) {
			t.Errorf("ARCHITECTURE.md does not say why %s is needed", module)
		}
	}
}

// TestCIRunsEveryTest: go test -short is for people in a hurry; CI runs make test,
// which leaves no test out.
func TestCIRunsEveryTest(t *testing.T) {
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	ci := read("../../.ci/run")
	if !regexp.MustCompile(`(?m)^make test$`).MatchString(ci) {
		t.Error(".ci/run does not call make test with the race detector")
	}
	recipe := regexp.MustCompile(`(?m)^test:.*\n(?:\t.*\n)+`).FindString(read("../../Makefile"))
	if !strings.Contains(recipe, " ./...\n") {
		t.Errorf("make test does not test every package:\n%s", recipe)
	}
	for where, text := range map[string]string{".ci/run": ci, "make test": recipe} {
		if narrowed := regexp.MustCompile(`\s-(short|run|skip)\b`).FindString(text); narrowed != "" {
			t.Errorf("%s leaves out tests by%s", where, narrowed)
		}
	}
	// AGAIN leaves out the tests marked testkit.Once: only a second run may.
	for line := range strings.Lines(ci) {
		if strings.Contains(line, "AGAIN=") && !strings.Contains(line, " RACE= ") {
			t.Errorf(".ci/run leaves out tests of its first run: %s", line)
		}
	}
	if soak := regexp.MustCompile(`(?m)^soak:.*\n(?:\t.*\n)+`).FindString(read("../../Makefile")); !strings.Contains(soak, "$(MAKE) test RACE=") || strings.Contains(soak, "AGAIN") {
		t.Errorf("make soak does not run every test without the race detector too:\n%s", soak)
	}
}
