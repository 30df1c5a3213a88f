// Package node boots the real app on port 0 for tests, and is a fan's browser
// without the browser: a session, requests, and a live socket.
package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
)

// Node is one booted app.
type Node struct {
	URL    string
	OpsURL string
	Season string
	stop   func()
}

// Options says how to boot. Zero values mean: the shared embedded stores, a
// database and a season of the test's own, and the demo season.
type Options struct {
	RedisURL string
	MongoURL string
	Database string
	Key      string // path of the signing key; "" makes one
	Season   string
	Demo     func(*dev.Demo) // changes to the demo season
	Change   func(*app.Options)
	Program  string   // path of the program of a process; "" is usher
	Env      []string // more environment of a process
}

// Shared returns options that several nodes may boot with, to share the stores
// and the season.
func Shared(t testing.TB) Options {
	t.Helper()
	stores := testkit.Stores(t)
	key, err := dev.SigningKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	season := testkit.SeasonID()
	database := fmt.Sprintf("test_%d_%s", os.Getpid(), strings.ReplaceAll(season, "-", "_"))
	testkit.DropAfter(t, database)
	return Options{RedisURL: stores.RedisURL, MongoURL: stores.MongoURL, Database: database, Key: key, Season: season}
}

// realm is what the ids of the options' users derive from: tests that share a
// Redis must not share users, for the eleventh session of a user ends the first.
func realm(o Options) string { return o.Database + " " + o.Season }

// Start boots a node and waits until it is ready. It stops, in order, with the
// test.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Season == "" {
		shared := Shared(t)
		shared.Demo, shared.Change = o.Demo, o.Change
		if o.RedisURL != "" {
			shared.RedisURL = o.RedisURL
		}
		o = shared
	}
	demo := dev.DefaultDemo()
	demo.Seats = 60
	if o.Demo != nil {
		o.Demo(&demo)
	}
	options := app.Defaults()
	options.Listen, options.OpsListen = "127.0.0.1:0", "127.0.0.1:0"
	options.RedisURLs, options.MongoURL, options.MongoDatabase = []string{o.RedisURL}, o.MongoURL, o.Database
	options.SigningKeys = []string{o.Key}
	options.Payments = app.PaySandbox
	options.Season = o.Season
	options.LimitSignIn, options.LimitRequests, options.LimitUpgrades, options.LimitDeclines, options.LimitRefunds = 0, 0, 0, 0, 0
	options.AdminEmails, options.StaffEmails, options.DeskEmails = []string{dev.AdminEmail}, []string{dev.StaffEmail}, []string{dev.DeskEmail}
	options.DevSignIn = true
	options.Gather = 300 * time.Millisecond
	options.GoogleClientID, options.GoogleClientSecret = dev.ClientID, dev.ClientSecret
	options.Realm = realm(o)
	options.Issuer = func(publicURL string) string { return publicURL + dev.ProviderPath }
	options.Mount = func(publicURL string) (map[string]http.Handler, error) {
		provider, err := dev.NewProvider(dev.ProviderOptions{Issuer: publicURL + dev.ProviderPath, ClientID: options.GoogleClientID, ClientSecret: options.GoogleClientSecret})
		return map[string]http.Handler{dev.ProviderPath: provider}, err
	}
	options.Seed = func(ctx context.Context, b *booking.Booking) error { return dev.Seed(ctx, b, o.Season, demo) }
	options.Logger = slog.New(slog.NewTextHandler(&testLog{t: t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if o.Change != nil {
		o.Change(&options)
	}
	started, err := app.New(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- started.Run(ctx) }()
	n := &Node{URL: started.URL(), OpsURL: started.OpsURL(), Season: o.Season}
	stopped := false
	n.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with: %v", err)
		}
	}
	t.Cleanup(n.stop)
	WaitReady(t, n.URL)
	return n
}

// Stop drains the node and waits for its end.
func (n *Node) Stop() { n.stop() }

// WaitReady waits until a server at the base URL says it is ready and serves
// the seats of its default season.
func WaitReady(t testing.TB, url string) {
	t.Helper()
	testkit.Eventually(t, 2*time.Minute, "ready: "+url, func() bool {
		for _, path := range []string{"/readyz", "/waitingList/status", "/seats"} {
			answer, err := http.Get(url + path)
			if err != nil {
				return false
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNotFound {
				return false
			}
		}
		return true
	})
}

// testLog writes a node's log into its test's, until the test has ended.
type testLog struct{ t testing.TB }

func (l *testLog) Write(line []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(line)))
	}
	return len(line), nil
}

// Fan is a signed-in user.
type Fan struct {
	t      testing.TB
	URL    string
	Season string
	Token  string
	ID     string
	Name   string
	Status map[string]any // as the sign-in returned it
}

// SignIn signs a fan in by the development sign-in, which also joins the season.
func (n *Node) SignIn(t testing.TB, name string) *Fan {
	t.Helper()
	return SignInAt(t, n.URL, n.Season, name)
}

// SignInAt is SignIn at any base URL.
func SignInAt(t testing.TB, url, season, name string) *Fan {
	t.Helper()
	f := &Fan{t: t, URL: url, Season: season, Name: name}
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@usher.test"
	who := map[string]any{"email": email, "name": name}
	for late := time.Now().Add(patience); time.Now().Before(late); {
		// The stores of a machine under load may be silent for seconds: then the
		// answer is to try again, and signing in is no test's subject here.
		if status, answer := f.Try("POST", "/auth/dev", who); status != http.StatusServiceUnavailable {
			return f.signedIn(status, answer)
		}
	}
	t.Fatalf("%s: signing in is unavailable for %v", name, patience)
	return nil
}

// signedIn takes the answer to a sign-in.
func (f *Fan) signedIn(status int, answer map[string]any) *Fan {
	f.t.Helper()
	if status != http.StatusOK {
		f.t.Fatalf("%s: signing in: %d %v", f.Name, status, answer)
	}
	f.Token = answer["token"].(string)
	f.ID = answer["user"].(map[string]any)["id"].(string)
	f.Status = answer["status"].(map[string]any)
	return f
}

// At is the same session at another node.
func (f *Fan) At(n *Node) *Fan {
	other := *f
	other.URL = n.URL
	return &other
}

// Do makes a request, wants a status, and returns the decoded answer. A purchase
// that takes longer than a buyer is kept waiting is asked for again, under its key.
func (f *Fan) Do(method, path string, body any, want int, headers ...string) map[string]any {
	f.t.Helper()
	status, answer := f.Try(method, path, body, headers...)
	for late := time.Now().Add(patience); path == "/transactions" && status == http.StatusAccepted && want == http.StatusCreated && time.Now().Before(late); {
		status, answer = f.Try(method, path, body, headers...)
	}
	if status != want {
		f.t.Fatalf("%s: %s %s = %d, want %d: %v", f.Name, method, path, status, want, answer)
	}
	return answer
}

// Try makes a request and returns its status and the decoded answer. headers
// are names and values by turns.
func (f *Fan) Try(method, path string, body any, headers ...string) (int, map[string]any) {
	f.t.Helper()
	status, answer, err := f.Request(method, path, body, headers...)
	if err != nil {
		f.t.Fatal(err)
	}
	return status, answer
}

// Request is Try for servers that may be gone: it returns the error.
func (f *Fan) Request(method, path string, body any, headers ...string) (int, map[string]any, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		reader = bytes.NewReader(text)
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	request, err := http.NewRequestWithContext(context.Background(), method, f.URL+path+separator+"season="+f.Season, reader)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if f.Token != "" {
		request.Header.Set("Authorization", "Bearer "+f.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, nil, err
	}
	answer := map[string]any{}
	if len(text) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &answer); err != nil {
			return response.StatusCode, nil, fmt.Errorf("%s %s: not JSON: %w: %s", method, path, err, text)
		}
	} else if len(text) > 0 {
		answer["body"] = string(text)
	}
	return response.StatusCode, answer, nil
}
