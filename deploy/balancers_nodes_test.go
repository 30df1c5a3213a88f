package deploy_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// startIssuer runs the OpenID provider of the development server and returns the URL
// of the issuer.
func startIssuer(t *testing.T) string {
	t.Helper()
	var provider http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer := server.URL + dev.ProviderPath
	made, err := dev.NewProvider(dev.ProviderOptions{Issuer: issuer, ClientID: dev.ClientID, ClientSecret: dev.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	provider = made
	return issuer
}

// TestNodesAnswerForThemselves: while no node is ready, the balancer passes on what a
// node answers, with its code and Retry-After, and goes on by itself when they are.
func TestNodesAnswerForThemselves(t *testing.T) {
	eachBalancer(t, func(t *testing.T, b balancer) {
		redis := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(redis.Kill)
		o := node.Shared(t)
		o.RedisURL = redis.URL
		node.OnSale(t, o)
		_, addresses := twoNodes(t, o)
		balancer := b.start(t, addresses, asItIs)
		url := balancer.url()
		node.WaitReady(t, url)
		fan := node.Mint(t, o, url, "Ann")
		redis.Crash()
		if b.name == "haproxy" { // which asks the nodes by itself
			testkit.Eventually(t, testPatience, "both nodes are found not ready", func() bool {
				return strings.Contains(balancer.log(), "Server usher/usher-1 is DOWN") && strings.Contains(balancer.log(), "Server usher/usher-2 is DOWN")
			})
		}
		testkit.Eventually(t, testPatience, "no node is ready", func() bool {
			status, _, err := fan.Request("GET", "/readyz", nil)
			return err == nil && status == http.StatusServiceUnavailable
		})
		if status, answer := get(t, http.DefaultClient, url+"/healthz"); status != http.StatusOK {
			t.Errorf("a node that lives: %d %s", status, answer)
		}
		for range 5 {
			answer, err := http.Get(url + "/waitingList/status?season=" + o.Season)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				continue // from the node's mirror
			}
			if !strings.Contains(string(body), `"code":"unavailable"`) || answer.Header.Get("Retry-After") == "" {
				t.Errorf("%d %v: %s", answer.StatusCode, answer.Header, body)
			}
		}
		testkit.Eventually(t, testPatience, "a node answers for itself", func() bool {
			status, answer, err := fan.Request("POST", "/waitingList/join", nil)
			return err == nil && status == http.StatusServiceUnavailable && answer["code"] == "unavailable"
		})
		if err := redis.Start(); err != nil {
			t.Fatal(err)
		}
		node.WaitReady(t, url)
	})
}

// TestNginxServesHTTPS: tls.conf serves pages over HTTP/2 and sockets, and tells
// browsers to stay with HTTPS.
func TestNginxServesHTTPS(t *testing.T) {
	t.Parallel()
	find(t, "nginx")
	o := onSale(t, nil)
	_, addresses := twoNodes(t, o)
	port := startOnFreePort(t, func(port string) *program {
		dir := nginxFolder(t, addresses, freePort(t), asItIs)
		text := replace(t, read(t, "nginx/tls.conf"), "listen 8443 ", "listen 127.0.0.1:"+port+" ")
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "enabled"), 0o700), os.WriteFile(filepath.Join(dir, "enabled", "tls.conf"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		certify(t, filepath.Join(dir, "certificates"))
		return start(t, "nginx", "-c", filepath.Join(dir, "nginx.conf"), "-g", nginxGlobals())
	}).port
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} // the certificate is the test's own
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	answer, err := client.Get("https://127.0.0.1:" + port + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s over %s with %v", answer.Status, answer.Proto, answer.Header)
	}
	fan := node.Mint(t, o, "", "Ann")
	sockets := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}
	defer sockets.CloseIdleConnections()
	conn, refused, err := websocket.Dial(t.Context(), "wss://127.0.0.1:"+port+"/ws?season="+o.Season, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: sockets}, HTTPHeader: http.Header{"Authorization": {"Bearer " + fan.Token}}, Subprotocols: []string{"usher.v1"},
	})
	if err != nil {
		if refused != nil && refused.Body != nil {
			_ = refused.Body.Close()
		}
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, text, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(text), `"type":"welcome"`) {
		t.Errorf("the first frame over TLS: %s %v", text, err)
	}
}
