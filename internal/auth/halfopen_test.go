package auth_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/auth"
	"usher/internal/testkit"
)

// link forwards connections to a server. Freezing a link leaves its open connections
// open and silent, as a lost router does. Later connections work.
type link struct {
	listener net.Listener
	age      atomic.Int64
	wait     sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener}
	l.wait.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			l.mu.Lock()
			l.open = append(l.open, near, far)
			l.mu.Unlock()
			born := l.age.Load()
			l.wait.Go(func() { l.pass(near, far, born) })
			l.wait.Go(func() { l.pass(far, near, born) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.mu.Lock()
		for _, c := range l.open {
			_ = c.Close()
		}
		l.mu.Unlock()
		l.wait.Wait()
	})
	return l
}

// pass copies until the connection ends, and drops the data of a frozen link.
func (l *link) pass(from, to net.Conn, born int64) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.age.Load() != born {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (l *link) freeze() { l.age.Add(1) }

func TestASilentSubscriptionIsReplaced(t *testing.T) {
	w := newWorld(t, "")
	l := newLink(t, strings.TrimPrefix(testkit.Stores(t).RedisURL, "redis://"))
	client := redis.NewClient(&redis.Options{Addr: l.listener.Addr().String(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	before := subscribers(t, w.stores)
	there := make(heard, 64)
	node := w.node(t, func(o *auth.Options) { o.Redis, o.Revoked = client, there.revoked })
	node.SetSilence(50 * time.Millisecond)
	run(t, node)
	testkit.Eventually(t, 10*time.Second, "the node is subscribed", func() bool { return subscribers(t, w.stores) == before+1 })
	l.freeze()

	// Revocations of any node; those sent to the dead connection are lost.
	a := w.node(t)
	testkit.Eventually(t, 10*time.Second, "the node receives again", func() bool {
		session, _, err := a.Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Revoke(context.Background(), session); err != nil {
			t.Fatal(err)
		}
		select {
		case <-there:
			return true
		default:
			return false
		}
	})
}
