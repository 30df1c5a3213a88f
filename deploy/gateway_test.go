package deploy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// gateways start the proxies of the folder gateway before a shop. stays: who was in stays
// in while the nodes are away.
var gateways = []struct {
	name  string
	stays bool
	start func(t testing.TB, season, shop string, nodes [2]string) *program
}{
	{"nginx", true, startNginxGateway},
	{"nginx closed", false, startNginxClosed},
	{"caddy", false, startCaddyGateway},
	{"haproxy", true, startHAProxyGateway},
}

func startNginxGateway(t testing.TB, season, shop string, nodes [2]string) *program {
	t.Helper()
	return startNginxEdited(t, season, shop, nodes, asItIs)
}

// startNginxClosed is the same without the cache: each request is checked, and no fan is
// served while the nodes are away.
func startNginxClosed(t testing.TB, season, shop string, nodes [2]string) *program {
	t.Helper()
	return startNginxEdited(t, season, shop, nodes, func(text string) string {
		return regexp.MustCompile(`(?m)^ +proxy_cache.*\n`).ReplaceAllString(replace(t, text, "&stale=600", ""), "")
	})
}

func startNginxEdited(t testing.TB, season, shop string, nodes [2]string, edit func(string) string) *program {
	t.Helper()
	find(t, "nginx")
	return startOnFreePort(t, func(port string) *program {
		dir := t.TempDir()
		text := edit(withAddresses(t, read(t, "gateway/nginx.conf"), season, shop, nodes))
		text = replace(t, text, "listen 8000;", "listen 127.0.0.1:"+port+";")
		text = replace(t, text, "/var/cache/nginx/usher", dir+"/cache")
		var paths strings.Builder
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&paths, "%s_temp_path %s/%s;\n", kind, dir, kind)
		}
		whole := fmt.Sprintf("error_log stderr notice;\npid %s/pid;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", dir, paths.String(), text)
		path := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		return start(t, "nginx", "-c", path, "-g", nginxGlobals())
	})
}

func startCaddyGateway(t testing.TB, season, shop string, nodes [2]string) *program {
	t.Helper()
	find(t, "caddy")
	return startOnFreePort(t, func(port string) *program {
		dir := t.TempDir()
		text := withAddresses(t, read(t, "gateway/Caddyfile"), season, shop, nodes)
		text = "{\n\tadmin off\n}\n" + replace(t, text, "http://shop.example.org:8000", "http://127.0.0.1:"+port)
		path := filepath.Join(dir, "Caddyfile")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return startWith(t, append(os.Environ(), "HOME="+dir), "caddy", "run", "--adapter", "caddyfile", "--config", path)
	})
}

func startHAProxyGateway(t testing.TB, season, shop string, nodes [2]string) *program {
	t.Helper()
	find(t, "haproxy")
	return startOnFreePort(t, func(port string) *program {
		dir := t.TempDir()
		text := withAddresses(t, read(t, "gateway/haproxy.cfg"), season, shop, nodes)
		text = replace(t, text, "bind :8000", "bind 127.0.0.1:"+port)
		text = replace(t, text, "127.0.0.1:8001", "127.0.0.1:"+freePort(t))
		text = replace(t, text, "lua-load usher.lua", "lua-load "+dir+"/usher.lua")
		for name, content := range map[string]string{"usher.cfg": text, "usher.lua": read(t, "gateway/usher.lua")} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return start(t, "haproxy", "-db", "-f", filepath.Join(dir, "usher.cfg"))
	})
}

// withAddresses puts a test's addresses and season into a configuration.
func withAddresses(t testing.TB, text, season, shop string, nodes [2]string) string {
	t.Helper()
	text = replace(t, text, "127.0.0.1:9000", shop)
	text = replace(t, text, "season=demo", "season="+season)
	for i, address := range nodes {
		text = replace(t, text, fmt.Sprintf("127.0.0.1:808%d", i+1), address)
	}
	return text
}

// shopper is a browser of a fan that follows no redirect.
type shopper struct {
	*node.Fan
	t    *testing.T
	shop string
}

// visits asks the shop for a page.
func (s shopper) visits(headers ...string) (status int, body, location string) {
	s.t.Helper()
	status, body, location, err := s.asks("/cart?a=1&b=2", headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, body, location
}

// asks is visits for any path, which returns the error.
func (s shopper) asks(path string, headers ...string) (status int, body, location string, err error) {
	request, err := http.NewRequestWithContext(s.t.Context(), "GET", s.shop+path, nil)
	if err != nil {
		return 0, "", "", err
	}
	request.Header.Set("Cookie", "theme=dark; usher_session="+s.Token)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), answer.Header.Get("Location"), err
}

// wantsIn checks that the shop serves this fan, and knows which one it is.
func (s shopper) wantsIn(when string) {
	s.t.Helper()
	if status, body, _ := s.visits(); status != http.StatusOK || body != "shop for "+s.ID {
		s.t.Fatalf("%s, %s: %d %q", when, s.Name, status, body)
	}
}

// TestAShopBehindAGateway: a shop of a few lines behind each proxy, with two nodes and
// room for one fan. The second fan waits on the page, which knows where to return, and is
// in once the first has left. A killed node is not noticed. While both nodes are away the
// shop is closed, for those who were in only where the configuration says so.
func TestAShopBehindAGateway(t *testing.T) {
	t.Parallel()
	for _, g := range gateways {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if broken.Load() {
					w.WriteHeader(http.StatusInternalServerError)
				}
				_, _ = fmt.Fprint(w, "shop for "+strings.Join(r.Header.Values("Usher-User"), "+"))
			}))
			t.Cleanup(shop.Close)
			o := onSale(t, func(d *dev.Demo) { d.ActiveLimit = 1 })
			const public = "http://tickets.example.org"
			var nodes [2]*node.Process
			var addresses [2]string
			for i := range nodes {
				nodes[i] = node.LaunchNode(t, o, "--trusted-proxy", "127.0.0.1/32", "--public-url", public)
				addresses[i] = nodes[i].Field(t, "address")
			}
			at := [2]string{"http://" + addresses[0], "http://" + addresses[1]}
			proxy := g.start(t, o.Season, strings.TrimPrefix(shop.URL, "http://"), addresses)
			for _, n := range at {
				node.WaitReady(t, n)
			}
			var fans [2]shopper
			for i, name := range []string{"Ann", "Bob"} {
				fans[i] = shopper{node.Mint(t, o, at[i], name), t, proxy.url()}
				fans[i].Do("POST", "/waitingList/join", nil, http.StatusOK)
			}
			ann, bob := fans[0], fans[1]

			ann.wantsIn("at first")
			status, _, location := bob.visits("Usher-User", ann.ID)
			want := public + "/?season=" + o.Season + "&return=" + url.QueryEscape(proxy.url()+"/cart?a=1&b=2")
			if status != http.StatusFound || location != want {
				t.Fatalf("who waits: %d to %q, want %q", status, location, want)
			}
			stranger := shopper{&node.Fan{Token: "x"}, t, proxy.url()}
			if status, _, location := stranger.visits(); status != http.StatusFound || location != want {
				t.Fatalf("without a session: %d to %q", status, location)
			}
			// What the browser makes up does not reach the shop, and the shop's own errors pass.
			if _, body, _ := ann.visits("Usher-User", "made-up"); body != "shop for "+ann.ID {
				t.Errorf("a made-up user reaches the shop: %q", body)
			}
			broken.Store(true)
			if status, body, _ := ann.visits(); status != http.StatusInternalServerError || body != "shop for "+ann.ID {
				t.Errorf("the shop's own error: %d %q", status, body)
			}
			broken.Store(false)

			// A killed node costs time only.
			nodes[0].Kill()
			ann.wantsIn("after a node was killed")
			if status, _, _ := bob.visits(); status != http.StatusFound {
				t.Errorf("who waits, after a node was killed: %d", status)
			}
			bob.URL, ann.URL = at[1], at[1]
			if status := bob.Do("GET", "/auth/status", nil, http.StatusOK); status["position"] != 1.0 {
				t.Errorf("Bob's place after a node was killed: %v", status)
			}
			ann.Do("POST", "/waitingList/leave", nil, http.StatusOK)
			testkit.Eventually(t, testPatience, "Bob has the turn", func() bool {
				return bob.Do("GET", "/auth/status", nil, http.StatusOK)["state"] == "turn"
			})
			if status, _, _ := bob.visits(); status != http.StatusFound {
				t.Errorf("with the turn, and not in: %d", status)
			}
			bob.Do("POST", "/waitingList/enter", nil, http.StatusOK)
			testkit.Eventually(t, testPatience, "Bob is in and Ann is out", func() bool {
				in, _, _ := bob.visits()
				out, _, _ := ann.visits()
				if in == http.StatusOK && out == http.StatusOK {
					t.Error("two fans are in")
				}
				return in == http.StatusOK && out == http.StatusFound
			})

			// Both nodes away. What is kept for Bob serves no other, however Bob writes the cookies.
			for _, cookie := range []string{"Usher_Session=; usher_session=", `usher_session=\; usher_session=`, "x-usher_session=y; usher_session="} {
				bob.visits("Cookie", cookie+bob.Token)
			}
			nodes[1].Signal(t, syscall.SIGSTOP)
			t.Cleanup(func() { nodes[1].Signal(t, syscall.SIGCONT) })
			// A request on its way when the node is stopped may still be answered.
			testkit.Eventually(t, testPatience, "newcomers are turned away while the nodes are away", func() bool {
				status, _, _ := stranger.visits()
				return status == http.StatusServiceUnavailable
			})
			for _, cookie := range []string{"theme=dark", "usher_session=", `usher_session=\`, "usher_session=y"} {
				if status, body, _ := stranger.visits("Cookie", cookie); status != http.StatusServiceUnavailable {
					t.Errorf("a stranger's %q, while the nodes are away: %d %q", cookie, status, body)
				}
			}
			if g.stays {
				bob.wantsIn("while the nodes are away")
			} else if status, _, _ := bob.visits(); status != http.StatusServiceUnavailable {
				t.Errorf("who was in, while the nodes are away: %d", status)
			}
			if status, _, _ := ann.visits(); status != http.StatusServiceUnavailable {
				t.Errorf("who had left, while the nodes are away: %d", status)
			}
			nodes[1].Signal(t, syscall.SIGCONT)
			testkit.Eventually(t, testPatience, "the shop is open again", func() bool {
				status, _, _ := bob.visits()
				other, _, _ := stranger.visits()
				return status == http.StatusOK && other == http.StatusFound
			})
		})
	}
}
