package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// trouble stands between a program and its node, and does what a program must be ready
// for, once for each: it refuses the first hold with 503 and Retry-After, says at the
// first enter that the turn was missed, and loses the answer to the first purchase.
// With pending, the answer to the second purchase is 202. With blocked, it lets no
// socket pass. It answers the rest of the requests by the node.
type trouble struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]int // requests by method and path
	keys map[string]bool
}

func troubled(t *testing.T, to string, pending, blocked bool) *trouble {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	p := &trouble{seen: map[string]int{}, keys: map[string]bool{}}
	refuse := func(w http.ResponseWriter, status int, code string) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"status":%d,"code":%q,"detail":"said by the test"}`, status, code)
	}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		act := r.Method + " " + r.URL.Path
		p.mu.Lock()
		p.seen[act]++
		turn := p.seen[act]
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			p.keys[key] = true
		}
		p.mu.Unlock()
		switch {
		case r.Header.Get("Upgrade") != "" && blocked:
			w.WriteHeader(http.StatusForbidden)
		case act == "POST /holds" && turn == 1:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "draining")
		case act == "POST /waitingList/enter" && turn == 1:
			refuse(w, http.StatusConflict, "conflict")
		case act == "POST /transactions" && turn == 1:
			through.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks
		case act == "POST /transactions" && turn == 2 && pending:
			answer := httptest.NewRecorder()
			through.ServeHTTP(answer, r)
			body := bytes.Replace(answer.Body.Bytes(), []byte(`"status":"completed"`), []byte(`"status":"pending"`), 1)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write(body)
		default:
			through.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *trouble) count(act string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[act]
}

// running is an example that runs.
type running struct {
	t       *testing.T
	command *exec.Cmd
	mu      sync.Mutex
	printed bytes.Buffer
}

func (p *running) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.Write(text)
}

func (p *running) says(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.printed.String(), line)
}

// ended returns what the example printed, once it has ended.
func (p *running) ended() string {
	p.t.Helper()
	printed, err := p.wait()
	if err != nil {
		p.t.Errorf("%v: %v:\n%s", p.command.Args, err, printed)
	}
	return printed
}

func (p *running) wait() (printed string, err error) {
	err = p.command.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.String(), err
}

// program starts an example; nil when its program is missing.
func program(t *testing.T, name string, environment []string, args ...string) *running {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if testkit.Required(name) {
			t.Fatalf("%s is required here but is not in the PATH", name)
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &running{t: t, command: exec.CommandContext(ctx, path, args...)}
	p.command.Dir = filepath.Join("..", "..")
	p.command.Env = append(os.Environ(), environment...)
	p.command.Stdout, p.command.Stderr = p, p
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// ticketLine is how every example prints a ticket. A code may contain spaces.
var ticketLine = regexp.MustCompile(`(?m)ticket (\S+): (\S.*)$`)

// wantTickets checks that two tickets were printed, that their seats are booked, and
// that the gate admits the codes.
func wantTickets(t *testing.T, staff *node.Fan, printed string) {
	t.Helper()
	tickets := ticketLine.FindAllStringSubmatch(printed, -1)
	if len(tickets) != 2 {
		t.Fatalf("%d tickets were printed, want 2:\n%s", len(tickets), printed)
	}
	for _, ticket := range tickets {
		if seat := staff.Do("GET", "/seats/"+url.PathEscape(ticket[1]), nil, 200); seat["status"] != "booked" {
			t.Errorf("seat %s: %v", ticket[1], seat)
		}
		if admitted := staff.Do("POST", "/checkins", map[string]any{"code": ticket[2], "gate": "North"}, 200); admitted["result"] != "admitted" {
			t.Errorf("ticket %s: %v", ticket[1], admitted)
		}
	}
}

// TestExamplesBuyTickets runs each example as its reader would, against a node, with
// the troubles that its comments say it handles.
func TestExamplesBuyTickets(t *testing.T) {
	t.Parallel()
	testkit.Long(t)
	sockets := []string{}
	if version, err := exec.Command("node", "--version").Output(); err == nil {
		if major, _ := strconv.Atoi(strings.TrimPrefix(strings.Split(string(version), ".")[0], "v")); major < 22 {
			sockets = []string{"--experimental-websocket"} // from Node 22 on it is there without a flag
		}
	}
	tests := []*struct {
		name, program    string
		args             []string
		pending, blocked bool
		proxy            *trouble
		run              *running
	}{
		{name: "Go", program: "go", args: []string{"run", "./examples/go"}, pending: true},
		{name: "Python", program: "python3", args: []string{"examples/python/buy.py"}, pending: true, blocked: true},
		{name: "JavaScript over HTTP", program: "node", args: []string{"examples/javascript/node.js"}, blocked: true},
		{name: "JavaScript", program: "node", args: append(sockets, "examples/javascript/node.js")},
	}
	// All run at once on one node whose places are taken: the programs mostly wait.
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.ActiveLimit = len(tests) }})
	staff := n.SignIn(t, "Staff")
	var inside []*node.Fan
	for i := range tests {
		inside = append(inside, n.SignIn(t, fmt.Sprintf("Inside %d", i)))
	}
	for _, test := range tests {
		test.proxy = troubled(t, n.URL, test.pending, test.blocked)
		test.run = program(t, test.program, []string{"USHER_URL=" + test.proxy.URL, "USHER_TOKEN=", "USHER_SEASON=" + n.Season, "USHER_NAME=" + test.name}, test.args...)
	}
	for _, test := range tests {
		if test.run != nil {
			testkit.Eventually(t, time.Minute, test.name+" waits in line", func() bool { return test.run.says("position ") })
		}
	}
	for _, fan := range inside {
		fan.Do("POST", "/waitingList/leave", nil, 200)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.run == nil {
				t.Skipf("no %s in the PATH: its example is not run", test.program)
			}
			printed := test.run.ended()
			wantTickets(t, staff, printed)
			want := []string{"holding 2 seats"}
			if test.blocked || test.program == "go" {
				want = append(want, "the turn was missed: joining again")
				if enters, holds := test.proxy.count("POST /waitingList/enter"), test.proxy.count("POST /holds"); enters != 2 || holds != 2 {
					t.Errorf("%d requests to enter and %d to hold, want 2 and 2: did the program repeat them?", enters, holds)
				}
				purchases := 2
				if test.pending {
					purchases = 3
					want = append(want, "the payment is pending: asking again")
				}
				// Where the answer is lost, the client also hears of the purchase on its stream: then it
				// need not ask again.
				got := test.proxy.count("POST /transactions")
				heard := test.program == "node" && got == 1
				if got != purchases && !heard || len(test.proxy.keys) != 1 {
					t.Errorf("%d requests to buy with %d keys, want %d with one", got, len(test.proxy.keys), purchases)
				}
			}
			for _, line := range want {
				if !strings.Contains(printed, line) {
					t.Errorf("%q was not printed:\n%s", line, printed)
				}
			}
			if test.blocked && test.proxy.count("GET /events") == 0 {
				t.Error("the program opened no stream")
			}
			if test.name == "JavaScript" && test.proxy.count("GET /ws") == 0 {
				t.Error("the program opened no socket")
			}
		})
	}
	if active := staff.Do("GET", "/waitingList/status", nil, 200)["active"]; active != 0.0 {
		t.Errorf("%v places are still taken: each program gives its place up at the end", active)
	}

	// A card that asks its owner: the program says where, and goes on when it is approved.
	t.Run("with a page", func(t *testing.T) {
		runs := map[string]*running{}
		for _, test := range tests {
			if test.run != nil && test.name != "JavaScript over HTTP" {
				fan := n.SignIn(t, test.name+" approves")
				runs[test.name] = program(t, test.program, []string{"USHER_URL=" + n.URL, "USHER_TOKEN=" + fan.Token, "USHER_SEASON=" + n.Season, "USHER_CARD=tok_3ds"}, test.args...)
			}
		}
		approves(t, n, runs)
	})

	// A declined card is an error that the program prints, with an exit status; and the
	// place is free again.
	for _, test := range tests {
		if test.run == nil || test.blocked {
			continue
		}
		t.Run(test.name+" with a declined card", func(t *testing.T) {
			fan := n.SignIn(t, test.name+" declined")
			run := program(t, test.program, []string{"USHER_URL=" + n.URL, "USHER_TOKEN=" + fan.Token, "USHER_SEASON=" + n.Season, "USHER_CARD=tok_declined"}, test.args...)
			printed, failed := run.wait()
			if failed == nil || !strings.Contains(printed, "no ticket: ") || !strings.Contains(printed, "payment_declined") {
				t.Errorf("%v:\n%s", failed, printed)
			}
			if state := fan.Do("GET", "/auth/status", nil, 200)["state"]; state != "none" {
				t.Errorf("the fan is %v afterwards", state)
			}
		})
	}
}

// paysAt is how every example says where the fan pays.
var paysAt = regexp.MustCompile(`(?m)^pay at (\S+)`)

// approves plays the fan on the payment page that each program prints.
func approves(t *testing.T, n *node.Node, runs map[string]*running) {
	t.Helper()
	staff := n.SignIn(t, "Staff")
	for name, run := range runs {
		var page string
		testkit.Eventually(t, time.Minute, name+" says where to pay", func() bool {
			run.mu.Lock()
			defer run.mu.Unlock()
			if found := paysAt.FindStringSubmatch(run.printed.String()); found != nil {
				page = found[1]
			}
			return page != ""
		})
		answer, err := http.PostForm(page, url.Values{"answer": {"approve"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		wantTickets(t, staff, run.ended())
	}
}

// TestExampleBuysInABrowser: the example's page, served by another origin, signs in,
// opens a socket with the cookie, waits, and buys.
func TestExampleBuysInABrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	files := httptest.NewServer(http.FileServer(http.Dir(filepath.Join("..", ".."))))
	t.Cleanup(files.Close)
	full := oneAtATime()
	full.Change = func(o *app.Options) { o.AllowedOrigins = []string{files.URL} }
	n := node.Start(t, full)
	inside, staff := n.SignIn(t, "Inside"), n.SignIn(t, "Staff")
	fan := window(t, browser, "Ann")
	fan.opens(files.URL + "/examples/javascript/?url=" + url.QueryEscape(n.URL))
	fan.clicks("button", "Buy")
	log := `[...document.querySelectorAll("[role=log] li")].map((line) => line.textContent).join("\n")`
	testkit.Eventually(t, patience, "the page waits in line, on a socket", func() bool {
		shown := fan.runs(log).(string)
		return strings.Contains(shown, "connection: live") && strings.Contains(shown, "position 1")
	})
	inside.Do("POST", "/waitingList/leave", nil, 200)
	testkit.Eventually(t, patience, "the page shows its tickets", func() bool {
		return len(ticketLine.FindAllString(fan.runs(log).(string), -1)) == 2
	})
	fan.looks("example")
	wantTickets(t, staff, fan.runs(log).(string))
}
