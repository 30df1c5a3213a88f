package hub_test

import (
	"slices"
	"testing"

	"usher/hub"
)

func TestANewerSocketReplacesTheOlder(t *testing.T) {
	n := start(t, hub.Options{})
	older := n.dial("ann", 1)
	older.want(welcome)
	newer := n.dial("ann", 2)
	newer.want(welcome)
	older.wantBye(hub.CloseReplaced, hub.ReasonReplaced)
	n.wantClosed("ann", hub.ReasonReplaced)
	if got := n.hub.Get(hub.Key{Season: "demo", User: "ann"}).Identity().Conn; got != 2 {
		t.Errorf("the live socket is number %d, want 2", got)
	}
	n.hub.Get(hub.Key{Season: "demo", User: "ann"}).Send([]byte("still here"))
	newer.want("still here")
	if got := n.hub.Sockets(); got != 1 {
		t.Errorf("%d sockets are live, want 1", got)
	}
}

func TestAnOlderSocketThatRegistersLateLoses(t *testing.T) {
	n := start(t, hub.Options{})
	newer := n.dial("ann", 2)
	newer.want(welcome)
	older := n.dial("ann", 1)
	if skipped := older.wantBye(hub.CloseReplaced, hub.ReasonReplaced); !slices.Equal(skipped, []string{welcome}) {
		t.Errorf("before its bye it read %q, want the welcome", skipped)
	}
	n.wantClosed("ann", hub.ReasonReplaced)
	n.hub.Get(hub.Key{Season: "demo", User: "ann"}).Send([]byte("still here"))
	newer.want("still here")
}

func TestReplaceClosesOnlyWhatIsOlder(t *testing.T) {
	n := start(t, hub.Options{})
	c := n.dial("ann", 5)
	c.want(welcome)
	key := n.socket("ann").Identity().Key
	n.hub.Replace(hub.Key{Season: "demo", User: "unknown"}, 9)
	n.hub.Replace(key, 4)
	n.hub.Replace(key, 5)
	n.socket("ann").Send([]byte("still here"))
	c.want("still here")
	n.hub.Replace(key, 6)
	c.wantBye(hub.CloseReplaced, hub.ReasonReplaced)
	n.wantClosed("ann", hub.ReasonReplaced)
}

func TestCloseSessionClosesItsSocketsInEverySeasonAndNoOthers(t *testing.T) {
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) {
		id.Season, id.Session = "season of "+id.User, "shared"
		if id.User == "dan" {
			id.Session = "other"
		}
	}
	clients := map[string]*client{}
	for _, user := range []string{"ann", "ben", "cat", "dan"} {
		clients[user] = n.dial(user, 1)
		clients[user].want(welcome)
	}
	// One leaves first, from the middle of the session's sockets.
	n.socket("ben").Close(hub.CloseLoggedOut, "early")
	n.wantClosedAfterReading(clients["ben"], "ben", "early")

	n.hub.CloseSession("shared", hub.CloseLoggedOut, "logged_out")
	for _, user := range []string{"ann", "cat"} {
		n.wantClosedAfterReading(clients[user], user, "logged_out")
	}
	n.hub.CloseSession("shared", hub.CloseLoggedOut, "logged_out")
	n.socket("dan").Send([]byte("still here"))
	clients["dan"].want("still here")
}

func (n *node) wantClosedAfterReading(c *client, user, reason string) {
	n.t.Helper()
	c.wantBye(hub.CloseLoggedOut, reason)
	n.wantClosed(user, reason)
}

func TestTheHubCountsAndNamesWhatIsLive(t *testing.T) {
	n := start(t, hub.Options{MaxSockets: 3})
	n.identity = func(id *hub.Identity) {
		if id.User == "cat" {
			id.Season = "gala"
		}
	}
	for i, user := range []string{"ann", "ben", "cat"} {
		if n.hub.Full() {
			t.Fatalf("full with %d of 3", i)
		}
		n.dial(user, 1).want(welcome)
	}
	if !n.hub.Full() || n.hub.Sockets() != 3 || n.hub.Count("demo") != 2 || n.hub.Count("gala") != 1 || n.hub.Count("none") != 0 {
		t.Errorf("full %v, sockets %d, demo %d, gala %d", n.hub.Full(), n.hub.Sockets(), n.hub.Count("demo"), n.hub.Count("gala"))
	}
	if got := n.metric("usher_ws_connections", ""); got != 3 {
		t.Errorf("usher_ws_connections is %v, want 3", got)
	}
	var users []string
	n.hub.Each("demo", func(s *hub.Socket) {
		users = append(users, s.Identity().User)
		s.Close(hub.CloseLoggedOut, "from within")
	})
	slices.Sort(users)
	if !slices.Equal(users, []string{"ann", "ben"}) {
		t.Errorf("Each found %q", users)
	}
	if n.hub.Full() || n.hub.Sockets() != 1 {
		t.Errorf("closing sockets still count: %d", n.hub.Sockets())
	}
}
