package stripetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// The API key that a Fake accepts and the secret that it signs events with.
const (
	SecretKey     = "sk_test_usher0000000000000000"
	WebhookSecret = "whsec_usher0000000000000000"
)

// Fake is one Stripe account. Safe for concurrent use.
type Fake struct {
	// OnEvent is called with every event. Set it before the first request. OnEvent may
	// call the Fake.
	OnEvent func(Event)

	mu       sync.Mutex
	intents  map[string]*intent
	sessions map[string]*session
	refunds  []*refund
	keys     map[string]*answer
	faults   map[string][]Fault // by operation: the next request meets the first
	late     []*lateRequest
	events   []Event
	fresh    int            // index of the first event not yet passed to OnEvent
	requests map[string]int // by operation
	made     int            // number of objects, for their ids
	silent   chan struct{}  // until it is closed, no request has an effect or a response
}

// New returns an empty account.
func New() *Fake {
	return &Fake{
		intents: map[string]*intent{}, sessions: map[string]*session{}, keys: map[string]*answer{},
		faults: map[string][]Fault{}, requests: map[string]int{},
	}
}

// Start serves a new account until the test ends, and returns the account and its URL.
func Start(t testing.TB) (*Fake, string) {
	f := New()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL
}

// request is a parsed request, which can have its effect more than once.
type request struct {
	operation string // Create, Confirm, …
	object    string // from the path: the id of an intent or a Session
	key       string // Idempotency-Key
	auth      string
	form      url.Values
}

// answer is a status and a body, kept under an idempotency key for repeats.
type answer struct {
	status int
	body   any
	words  string // the operation and the parameters for which the key was first used
}

// ServeHTTP answers one request, with the next fault of its operation.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, problem := read(r)
	if problem != nil {
		problem.write(w)
		return
	}
	f.mu.Lock()
	silent := f.silent
	f.requests[req.operation]++
	fault := f.nextFault(req.operation)
	f.mu.Unlock()
	if silent != nil && !waitFor(r, silent) {
		cut(w)
	}
	f.meet(w, r, req, fault)
}

// Silence keeps every request waiting, without effect, until the returned
// function is called.
func (f *Fake) Silence() (speak func()) {
	silent := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = silent
	return sync.OnceFunc(func() {
		f.mu.Lock()
		f.silent = nil
		f.mu.Unlock()
		close(silent)
	})
}

// Requests returns the number of requests of an operation.
func (f *Fake) Requests(operation string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[operation]
}

// ForgetKeys forgets every idempotency key, as Stripe does after a day.
func (f *Fake) ForgetKeys() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = map[string]*answer{}
}

// do gives a request its effect, then gives late requests that are due theirs.
func (f *Fake) do(req *request) *answer {
	a := f.effect(req)
	f.arrive(1)
	return a
}

// effect gives a request its effect and passes new events to OnEvent.
func (f *Fake) effect(req *request) *answer {
	f.mu.Lock()
	a := f.remembered(req)
	f.mu.Unlock()
	f.passOn()
	return a
}

// remembered answers a repeated idempotency key from memory, and remembers the answer
// under a new key. An invalid request is not remembered.
func (f *Fake) remembered(req *request) *answer {
	if req.auth != "Bearer "+SecretKey {
		return refuse(http.StatusUnauthorized, "invalid_request_error", "", "Invalid API Key provided: "+masked(req.auth))
	}
	if a := check(req); a != nil {
		return a
	}
	words := req.operation + " " + req.object + " " + req.form.Encode()
	if a := f.keys[req.key]; a != nil && req.key != "" {
		if a.words != words {
			return refuse(http.StatusBadRequest, "idempotency_error", "", "Keys for idempotent requests can only be used with the same parameters they were first used with.")
		}
		return a
	}
	a := f.execute(req)
	if req.key != "" && req.operation != Retrieve && req.operation != RetrieveSession && req.operation != ListRefunds {
		a.words = words
		f.keys[req.key] = a
	}
	return a
}

func masked(auth string) string {
	if len(auth) < 4 {
		return "****"
	}
	return "****" + auth[len(auth)-4:]
}

func (f *Fake) newID(kind string) string {
	f.made++
	return fmt.Sprintf("%s_fake%06d", kind, f.made)
}

func refuse(status int, kind, code, message string) *answer {
	text := map[string]any{"type": kind, "message": message}
	if code != "" {
		text["code"] = code
	}
	return &answer{status: status, body: map[string]any{"error": text}}
}

func (a *answer) write(w http.ResponseWriter) {
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_fake")
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}

// read parses a request. If the request is invalid, read returns the answer to it.
func read(r *http.Request) (*request, *answer) {
	req := &request{key: r.Header.Get("Idempotency-Key"), auth: r.Header.Get("Authorization"), form: r.URL.Query()}
	if r.Method == http.MethodPost {
		text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err == nil {
			req.form, err = url.ParseQuery(string(text))
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid_request_error", "", err.Error())
		}
	}
	if !req.route(r.Method, r.URL.Path) {
		return nil, refuse(http.StatusNotFound, "invalid_request_error", "", "Unrecognized request URL ("+r.Method+": "+r.URL.Path+").")
	}
	return req, nil
}
