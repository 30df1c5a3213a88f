package app_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit/node"
)

// TestTheDevelopmentSignInAnswersToLocalNamesOnly: a web page whose host name points to
// this machine (DNS rebinding) cannot sign in.
func TestTheDevelopmentSignInAnswersToLocalNamesOnly(t *testing.T) {
	t.Parallel()
	n := node.Start(t, node.Options{})
	ask := func(method, path, host, body string) (int, string) {
		request, err := http.NewRequest(method, n.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(n.URL)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = strings.ReplaceAll(host, "PORT", at.Port())
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	for host, allowed := range map[string]bool{
		"localhost:PORT": true, "LOCALHOST": true, "127.0.0.1:PORT": true, "127.9.8.7": true, "[::1]:PORT": true,
		"evil.example": false, "evil.example:PORT": false, "localhost.evil.example": false, "127.0.0.1.nip.io:PORT": false, "192.168.1.7:PORT": false, "0.0.0.0:PORT": false, "[::2]": false,
	} {
		for _, request := range []struct{ method, path, body string }{
			{"POST", "/auth/dev", `{"email":"` + dev.AdminEmail + `","name":"A"}`},
			{"GET", dev.ProviderPath + "/.well-known/openid-configuration", ""},
			{"GET", dev.ProviderPath + "/authorize", ""},
			{"POST", dev.ProviderPath + "/token", ""},
		} {
			status, text := ask(request.method, request.path, host, request.body)
			refused := status == http.StatusForbidden && strings.Contains(text, `"forbidden"`)
			if refused == allowed {
				t.Errorf("%s %s as %s: %d %s", request.method, request.path, host, status, text)
			}
		}
	}
	if status, text := ask("GET", "/seasons", "evil.example", ""); status != http.StatusOK {
		t.Errorf("a public route answers %d %s", status, text)
	}
}

// TestTheDevelopmentServerListensOnThisMachine: usher-dev and its stores listen on
// local addresses by default.
func TestTheDevelopmentServerListensOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"stores", "--help"}} {
		help, _ := node.Run(t, "usher-dev", args...)
		if n := strings.Count(strings.Join(strings.Fields(help), " "), `(default "127.0.0.1:`); n != 2 {
			t.Errorf("usher-dev %v: %d addresses of this machine, want both:\n%s", args, n, help)
		}
		if len(args) == 1 && !strings.Contains(help, "private") {
			t.Errorf("the help does not say how to try two fans:\n%s", help)
		}
	}
}
