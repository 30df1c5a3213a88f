package app_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"usher/hub"
	"usher/internal/app"
	"usher/internal/testkit/node"
)

// TestTheNumberOfSocketsIsLimited: a socket above the limit is closed with the message
// to come back. Other sockets and the ops address are served, and a fan with a socket
// may replace it.
func TestTheNumberOfSocketsIsLimited(t *testing.T) {
	t.Parallel()
	n := node.Start(t, node.Options{Change: func(o *app.Options) { o.MaxSockets = 5 }})
	var first *node.Fan
	var sockets []*node.Socket
	for i := range 5 {
		fan := n.SignIn(t, fmt.Sprintf("Fan %d", i))
		if first == nil {
			first = fan
		}
		sockets = append(sockets, fan.Open())
	}
	sixth, err := n.SignIn(t, "Fan 6").Dial()
	if err != nil {
		t.Fatal(err)
	}
	if bye := sixth.Want("bye"); bye["reason"] != "busy" || bye["reconnectAfterMs"] == nil {
		t.Errorf("the sixth socket gets %v", bye)
	}
	if code := sixth.WantClose(); int(code) != int(hub.CloseBusy) {
		t.Errorf("the sixth socket is closed with %d", code)
	}
	first.Open()
	if code := sockets[0].WantClose(); int(code) != int(hub.CloseReplaced) {
		t.Errorf("the replaced socket is closed with %d", code)
	}
	if pong := sockets[4].Ask(map[string]any{"type": "ping"}); pong.Type() != "pong" {
		t.Errorf("a live socket gets %v", pong)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "usher_ws_connections_limit 5"} {
		answer, err := http.Get(n.OpsURL + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
			t.Errorf("%s = %d, without %q", path, answer.StatusCode, want)
		}
	}
}
