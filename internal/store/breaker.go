package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"usher/internal/fault"
)

const (
	// silence is how long a server may answer nothing while a request waits, before
	// the breaker opens.
	silence = time.Second
	// trialAfter is how long an open breaker refuses every call if no health check
	// runs. After that it lets one call through.
	trialAfter = 2 * time.Second
)

// breaker is the circuit breaker of one server. It opens when a request has waited
// longer than silence and the server has sent nothing since the request. An open
// breaker refuses calls at once, so that callers do not wait for a timeout each. The
// first byte from the server closes the breaker.
//
// The breaker watches connections, because all kinds of calls use them. A caller's
// timeout says how long the caller would wait, not how long the server was silent.
type breaker struct {
	name     string   // of the store, for the error
	above    *breaker // the breaker that closes when this one closes; nil: none
	answered atomic.Int64
	open     atomic.Bool
	lastTry  atomic.Int64 // when a call was last let through an open breaker

	mu    sync.Mutex
	conns map[*watchedConn]struct{}
}

func newBreaker(name string) *breaker {
	return &breaker{name: name, conns: map[*watchedConn]struct{}{}}
}

type probeKey struct{}

// probing marks calls that are let through an open breaker: health checks.
func probing(ctx context.Context) context.Context { return context.WithValue(ctx, probeKey{}, true) }

func isProbe(ctx context.Context) bool { return ctx.Value(probeKey{}) != nil }

// errSilent is the cause of a refused call.
var errSilent = errors.New("the server did not answer a moment ago")

// admit returns an error while the breaker is open; the call must not be sent then.
// Else it returns the context for the call. If an open breaker lets the call through,
// the context marks it as a probe, so that everything the call needs, such as a new
// connection, is let through as well.
func (b *breaker) admit(ctx context.Context) (context.Context, error) {
	if !b.open.Load() {
		return ctx, nil
	}
	now := time.Now().UnixNano()
	last := b.lastTry.Load()
	if isProbe(ctx) {
		b.lastTry.Store(now)
		return ctx, nil
	}
	if now-last > int64(trialAfter) && b.lastTry.CompareAndSwap(last, now) {
		return probing(ctx), nil
	}
	return nil, b.refusal()
}

// refusal wraps the fault in another error, because go-redis unwraps an error once if
// it happens while connecting.
func (b *breaker) refusal() error {
	return fmt.Errorf("%s: %w", b.name, fault.Wrap(fault.Unavailable, errSilent, "a store does not answer; nothing is lost, try again"))
}

// hear notes an answer.
func (b *breaker) hear() {
	b.answered.Store(time.Now().UnixNano())
	if b.open.Load() {
		b.open.Store(false)
	}
	if b.above != nil {
		b.above.hear()
	}
}

// miss records that a request sent at a time has got no answer until now.
func (b *breaker) miss(asked time.Time) {
	if time.Since(asked) < silence || b.answered.Load() > asked.UnixNano() {
		return
	}
	b.lastTry.Store(time.Now().UnixNano())
	if b.open.Swap(true) {
		return
	}
	// Requests on other connections wait for the same server. Idle connections may be
	// dead without an error so far.
	b.mu.Lock()
	var all []*watchedConn
	for c := range b.conns {
		all = append(all, c)
	}
	b.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

// dial connects to the server and watches the connection.
func (b *breaker) dial(ctx context.Context, dial dialer, network, address string) (net.Conn, error) {
	began := time.Now()
	conn, err := dial(ctx, network, address)
	if err != nil {
		var network net.Error
		if errors.As(err, &network) && network.Timeout() {
			b.miss(began)
		}
		return nil, err
	}
	c := &watchedConn{Conn: conn, breaker: b}
	b.mu.Lock()
	b.conns[c] = struct{}{}
	b.mu.Unlock()
	return c, nil
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// watchedConn tells its breaker what happens on a connection.
type watchedConn struct {
	net.Conn
	breaker *breaker
	asked   atomic.Int64 // when the oldest request without an answer was sent; 0: none
	closing sync.Once
}

func (c *watchedConn) Write(p []byte) (int, error) {
	c.asked.CompareAndSwap(0, time.Now().UnixNano())
	n, err := c.Conn.Write(p)
	c.missed(err)
	return n, err
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.asked.Store(0)
		c.breaker.hear()
	}
	c.missed(err)
	return n, err
}

// missed reports a request whose caller gave up. The driver of MongoDB closes the
// connection then.
func (c *watchedConn) missed(err error) {
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		return
	}
	if asked := c.asked.Load(); asked != 0 {
		c.breaker.miss(time.Unix(0, asked))
	}
}

func (c *watchedConn) Close() error {
	err := io.ErrClosedPipe
	c.closing.Do(func() {
		c.breaker.mu.Lock()
		delete(c.breaker.conns, c)
		c.breaker.mu.Unlock()
		err = c.Conn.Close()
	})
	return err
}

// SyscallConn lets go-redis check whether the server has closed an idle connection
// before it uses that connection.
func (c *watchedConn) SyscallConn() (syscall.RawConn, error) {
	if raw, ok := c.Conn.(syscall.Conn); ok {
		return raw.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// breakers are the breakers of a store's servers, by address.
type breakers struct {
	name  string
	above *breaker // passed to each of them

	mu sync.Mutex
	by map[string]*breaker
}

func newBreakers(name string) *breakers { return &breakers{name: name, by: map[string]*breaker{}} }

func (b *breakers) of(address string) *breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.by[address]
	if known == nil {
		known = newBreaker(b.name)
		known.above = b.above
		b.by[address] = known
	}
	return known
}

// all returns every breaker.
func (b *breakers) all() []*breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*breaker, 0, len(b.by))
	for _, known := range b.by {
		all = append(all, known)
	}
	return all
}
