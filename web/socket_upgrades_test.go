package web_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestSurplusUpgradesWaitAndAreThenRefused: a crowd that reconnects at once must not
// slow down the active fans.
func TestSurplusUpgradesWaitAndAreThenRefused(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	n.web.SetUpgrades(1, 50*time.Millisecond)
	first, second := n.fan("first"), n.fan("second")
	opening, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	n.whenOpening = func() {
		once.Do(func() {
			close(opening)
			<-goOn
		})
	}
	open := make(chan *peer)
	go func() { open <- n.dial(first) }()
	<-opening
	_, answer, err := websocket.Dial(context.Background(), n.url+"/ws?season="+n.season, &websocket.DialOptions{HTTPHeader: second.bearer()})
	if err == nil || answer == nil || answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Fatalf("an upgrade beyond the limit: %+v, %v", answer, err)
	}
	if body, _ := io.ReadAll(answer.Body); !strings.Contains(string(body), `"code":"unavailable"`) {
		t.Errorf("the body is %s", body)
	}
	close(goOn)
	(<-open).read()
	n.connect(second)
}
