package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/app"
)

// TestLocalAddress: a listener on all addresses is asked on this machine.
func TestLocalAddress(t *testing.T) {
	for listen, want := range map[string]string{
		":9090":            "127.0.0.1:9090",
		"0.0.0.0:9090":     "127.0.0.1:9090",
		"[::]:9090":        "127.0.0.1:9090",
		"127.0.0.5:9090":   "127.0.0.5:9090",
		"[::1]:9090":       "[::1]:9090",
		"usher-1.lan:9090": "usher-1.lan:9090",
	} {
		if got, err := localAddress(listen); got != want || err != nil {
			t.Errorf("localAddress(%q) = %q, %v; want %q", listen, got, err, want)
		}
	}
	if _, err := localAddress("9090"); err == nil || !strings.Contains(err.Error(), `"9090"`) {
		t.Errorf("an address without a port: %v", err)
	}
}

// TestHealthTellsByItsExitStatus: 0 is a node that can serve; the reason of any
// other answer is printed.
func TestHealthTellsByItsExitStatus(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		says   string // what is printed, or what the error contains
		fails  bool
	}{
		{"ready", 200, `{"status":"ready"}`, "ready\n", false},
		{"not ready", 503, `{"title":"Unavailable","status":503,"detail":"not ready: redis"}`, "not ready: redis", true},
		{"a proxy's page", 502, `<html>`, "502 Bad Gateway", true},
		{"another program", 200, `hello`, "another program", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			var out strings.Builder
			err := askHealth(t.Context(), server.URL+"/readyz", &out)
			var exit *app.ExitError
			switch {
			case !c.fails && (err != nil || out.String() != c.says):
				t.Errorf("%q, %v", out.String(), err)
			case c.fails && (!errors.As(err, &exit) || exit.Status != 1 || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%v, want %q and exit status 1", err, c.says)
			}
		})
	}
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var exit *app.ExitError
	if err := askHealth(t.Context(), server.URL, nil); !errors.As(err, &exit) || exit.Status != 1 {
		t.Errorf("a node that is gone: %v", err)
	}
}
