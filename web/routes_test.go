package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"usher/internal/fault"
)

func TestRolesDecideWhichRoutesThereAre(t *testing.T) {
	t.Parallel()
	has := func(s *site, method, path string) bool {
		answer := s.anonymous().send(t, method, path, "", "")
		return answer.status != http.StatusNotFound
	}
	cases := map[string]struct {
		auth, ticket bool
	}{"both": {true, true}, "auth": {true, false}, "ticket": {false, true}}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := openIdle(t, func(o *Options) { o.ServeAuth, o.ServeTicket = c.auth, c.ticket })
			for path, want := range map[string]bool{
				"/auth/me": c.auth, "/.well-known/jwks.json": c.auth,
				"/holds": c.ticket, "/transactions": c.ticket, "/tickets": c.ticket,
				"/healthz": true, "/admin/seasons/x": true,
			} {
				if got := has(s, "GET", path); got != want {
					t.Errorf("GET %s: the route exists: %v, want %v", path, got, want)
				}
			}
		})
	}
}

func TestRequestsWithoutARoute(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the app")) })
	handler := s.routerOf(app, s.routes())
	cases := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 200, ""},
		{"HEAD", "/", 200, ""},
		{"GET", "/gate", 200, ""},
		{"GET", "/desk", 200, ""},
		{"GET", "/admin", 200, ""},
		{"GET", "/any/page", 200, ""},
		{"POST", "/gate", 405, "GET, HEAD"},
		{"GET", "/auth/nothing", 404, ""},
		{"GET", "/waitingList/draw", 404, ""},
		{"POST", "/checkins", 401, ""},
		{"GET", "/checkins", 405, "POST"},
		{"POST", "/transactions/0123456789abcdef01234567/cancel", 401, ""},
		{"GET", "/admin/nothing", 404, ""},
		{"PATCH", "/holds", 405, "GET, HEAD, POST, DELETE"},
		{"DELETE", "/holds/A-1/x", 404, ""},
		{"POST", "/tickets", 405, "GET, HEAD"},
		{"GET", "/auth/logout", 405, "POST"},
		{"HEAD", "/healthz", 200, ""},
		{"BREW", "/", 405, "GET, HEAD"},
		{"BREW", "/auth/logout", 405, "POST"},
		{"OPTIONS", "/holds", 405, "GET, HEAD, POST, DELETE"},
	}
	for _, c := range cases {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			if w.Code != c.status || w.Header().Get("Allow") != c.allow {
				t.Fatalf("got %d, Allow %q: %s", w.Code, w.Header().Get("Allow"), w.Body)
			}
			if problem := w.Header().Get("Content-Type") == "application/problem+json"; problem != (c.status >= 400) {
				t.Errorf("got %q: %s", w.Header().Get("Content-Type"), w.Body)
			}
		})
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	want := map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
	s := openIdle(t, func(o *Options) { o.PublicURL = "https://tickets.example" })
	for _, path := range []string{"/", "/healthz", "/nothing/here", "/auth/me", "/auth/nothing"} {
		answer := s.anonymous().get(t, path)
		for name, value := range want {
			if got := answer.header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
		if answer.header.Get("Strict-Transport-Security") == "" || answer.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: got %v", path, answer.header)
		}
	}
}

func TestRequestIDsAreKeptIfWellFormed(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	for given, kept := range map[string]bool{"abc-123_X.y": true, "": false, "a b": false, "a\"b": false, strings.Repeat("a", 65): false} {
		got := s.anonymous().with("X-Request-Id", given).get(t, "/healthz").header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("given %q, got %q", given, got)
		}
	}
}

func TestAPanicIsAnInternalErrorLoggedOnce(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	handler := s.routerOf(http.NotFoundHandler(), []route{
		{"GET", "/holds", both, func(http.ResponseWriter, *http.Request) error { panic("boom") }},
		{"GET", "/tickets", both, func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = w.Write([]byte("half"))
			panic("boom")
		}},
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/holds", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if n := s.log.count(); n != 1 {
		t.Errorf("logged %d times", n)
	}
	// A panic in the middle of an answer breaks the connection. Otherwise the client
	// takes half an answer for a whole one.
	server := httptest.NewServer(handler)
	defer server.Close()
	answer, err := http.Get(server.URL + "/tickets")
	if err == nil {
		defer func() { _ = answer.Body.Close() }()
		_, err = io.ReadAll(answer.Body)
	}
	if err == nil {
		t.Error("the client received half an answer without an error")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestMetricsAreLabelledByRouteNotByPath(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s := openIdle(t, func(o *Options) { o.Registerer = registry })
	s.anonymous().get(t, "/tickets/secret")
	s.anonymous().get(t, "/tickets/secret/qr.png")
	s.anonymous().get(t, "/elsewhere/secret")
	s.anonymous().send(t, "PATCH", "/holds", "", "")
	families, err := registry.Gather()
	must(t, err)
	var seen bytes.Buffer
	for _, family := range families {
		if family.GetName() != "usher_http_request_duration_seconds" {
			continue
		}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				seen.WriteString(label.GetValue() + " ")
			}
		}
	}
	for _, want := range []string{"/tickets/{id} 401", "/tickets/{id}/qr.png 401", "other 405"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("no %q in %q", want, seen.String())
		}
	}
	if strings.Contains(seen.String(), "secret") {
		t.Errorf("a path became a label: %q", seen.String())
	}
}

func TestMountedHandlersAreServedBesideTheRoutes(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) {
		o.Mount = map[string]http.Handler{"/dev/openid": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
		})}
	})
	for _, c := range []struct{ method, path string }{{"GET", "/dev/openid"}, {"GET", "/dev/openid/authorize"}, {"POST", "/dev/openid/a/b"}} {
		if got := s.anonymous().send(t, c.method, c.path, "", "").wants(t, 200).body; string(got) != c.method+" "+c.path {
			t.Errorf("got %s", got)
		}
	}
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	missing, draining := map[string]error{}, false
	s := openIdle(t, func(o *Options) {
		o.Ready = func(context.Context) map[string]error { return missing }
		o.Draining = func() bool { return draining }
	})
	s.anonymous().get(t, "/readyz").wants(t, 200)

	missing["redis"] = io.EOF
	problem := s.anonymous().get(t, "/readyz").wantsProblem(t, 503, fault.Unavailable)
	if problem.Detail != "not ready: redis" {
		t.Errorf("got %q", problem.Detail)
	}
	s.anonymous().get(t, "/healthz").wants(t, 200)

	draining = true
	answer := s.anonymous().get(t, "/readyz")
	if problem := answer.wantsProblem(t, 503, fault.Draining); problem.Detail != "not ready: redis, draining" || answer.header.Get("Retry-After") == "" {
		t.Errorf("got %q, %v", problem.Detail, answer.header)
	}
}

func TestWrongOptionsAreAllNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Options{PublicURL: "tickets.example/", AllowedOrigins: []string{"https://a.example/path"}, Mount: map[string]http.Handler{"x/": nil}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"Queue", "Booking", "Auth", "Hub", "Keys", "public URL", "https://a.example/path", `mount path "x/"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
}
