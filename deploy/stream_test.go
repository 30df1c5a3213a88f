package deploy_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit/node"
)

// TestAStreamPassesABalancerAtOnce: events reach the fan when they happen, though the
// balancer could gather them; comments keep a silent stream open for longer than the
// balancer's patience, divided by 25; and the answers to them do, whichever node they reach.
func TestAStreamPassesABalancerAtOnce(t *testing.T) {
	eachBalancer(t, func(t *testing.T, b balancer) {
		o := onSale(t, func(d *dev.Demo) { d.ActiveLimit, d.Lease = 1, 3*time.Second }) // a third of the lease is the heartbeat
		_, addresses := twoNodes(t, o)
		url := b.start(t, addresses, func(text string) string { return strings.ReplaceAll(text, "90s", "3600ms") }).url()
		node.WaitReady(t, url)
		holder := node.Mint(t, o, "http://"+addresses[0], "Holder")
		holder.Do("POST", "/waitingList/join", nil, http.StatusOK)
		holder.Open()
		fan := node.Mint(t, o, url, "Fan")
		fan.Do("POST", "/waitingList/join", nil, http.StatusOK)
		stream := fan.OpenStream()
		if got := stream.Header.Get("Cache-Control"); got != "no-store, no-transform" {
			t.Errorf("Cache-Control: %q", got)
		}
		for range 5 {
			select {
			case <-stream.Comments():
			case <-stream.Closed():
				t.Fatal("the stream of a fan who answers its comments has ended")
			case <-time.After(testPatience):
				t.Fatal("no comment comes through the balancer")
			}
		}
		holder.Do("POST", "/waitingList/leave", nil, http.StatusOK)
		stream.Want("turn")
		fan.Do("POST", "/waitingList/enter", nil, http.StatusOK)
		stream.Want("seats")
	})
}
