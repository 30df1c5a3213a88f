package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"

	"usher/internal/auth"
	"usher/internal/dev"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is the stores, the keys and the issuer that several nodes share.
type world struct {
	stores   *store.Stores
	keys     *keys.Ring
	provider *dev.Provider
	issuer   string
	callback string
	server   *httptest.Server
	broken   *toggle // while on, the issuer answers 503
	clock    *clock
}

// toggle is a switch, safe for concurrent use.
type toggle struct {
	mu sync.Mutex
	on bool
}

func (t *toggle) set(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = on
}

func (t *toggle) isOn() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.on
}

// clock is the machine's clock plus an offset that a test sets.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// issuerKey is shared, because making an RSA key takes longer than most tests.
var issuerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newWorld(t *testing.T, redisURL string) *world {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{stores: testkit.Open(t, redisURL), keys: ring, broken: &toggle{}, clock: &clock{}}
	w.server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.broken.isOn() {
			http.Error(rw, "not now", http.StatusServiceUnavailable)
			return
		}
		w.provider.ServeHTTP(rw, r)
	}))
	base := "http://" + w.server.Listener.Addr().String()
	w.issuer, w.callback = base+dev.ProviderPath, base+"/auth/google/callback"
	key := must(issuerKey())(t)
	w.provider, err = dev.NewProvider(dev.ProviderOptions{Issuer: w.issuer, Key: key, Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	w.server.Start()
	t.Cleanup(w.server.Close)
	return w
}

// node returns a new node of the world, which does not run.
func (w *world) node(t *testing.T, change ...func(*auth.Options)) *auth.Auth {
	t.Helper()
	o := auth.Options{
		Redis: w.stores.Redis, Mongo: w.stores.Mongo, Keys: w.keys,
		Issuer: w.issuer, ClientID: dev.ClientID, ClientSecret: dev.ClientSecret,
		AdminEmails: []string{"Admin@Usher.test"}, StaffEmails: []string{dev.StaffEmail, "both@usher.test"},
		Now: w.clock.now,
	}
	for _, f := range change {
		f(&o)
	}
	a, err := auth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs a node until the test ends.
func run(t *testing.T, a *auth.Auth) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error("Run:", err)
		}
	})
}

// idToken returns a valid ID token of the world's issuer. overrides change claims;
// nil removes one.
func (w *world) idToken(t *testing.T, overrides jwt.MapClaims) string {
	t.Helper()
	now := w.clock.now()
	claims := jwt.MapClaims{
		"iss": w.issuer, "aud": dev.ClientID, "sub": "g-1",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"email": "ada@example.com", "email_verified": true, "name": "Ada",
	}
	for name, value := range overrides {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	token, err := w.provider.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// choose submits the form of the sign-in page and returns the redirect's target.
func choose(t *testing.T, authorize string, form url.Values) *url.URL {
	t.Helper()
	client := http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}
	response, err := client.PostForm(authorize, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("the page answered %s", response.Status)
	}
	back, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// code signs a person in at the issuer and returns an authorization code.
func (w *world) code(t *testing.T, verifier, person string) string {
	t.Helper()
	query := url.Values{
		"client_id": {dev.ClientID}, "redirect_uri": {w.callback}, "response_type": {"code"}, "scope": {"openid email"},
		"state": {"s"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	back := choose(t, w.issuer+"/authorize?"+query.Encode(), url.Values{"person": {person}})
	if !strings.HasPrefix(back.String(), w.callback+"?") {
		t.Fatalf("redirected to %s", back)
	}
	return back.Query().Get("code")
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
