package testkit

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between a program and a store, Redis or MongoDB alike, and makes
// the faults of a network when a test says so. Until then it passes bytes
// through. It ends, with every goroutine, when its test does.
type Proxy struct {
	URL string // the store's URL, by way of the proxy

	target   string // host:port of the store
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	down   bool // every new connection is closed at once
	links  map[*link]bool
	lose   func(request []byte) bool // nil: every reply is delivered
	lost   int
	delay  time.Duration
	flows  chan struct{} // closed while bytes are delivered
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	ended          chan struct{}
	end            sync.Once

	half   atomic.Bool // the store's end is gone, and the program is not told
	mu     sync.Mutex
	doomed bool // the reply to what was sent last is not delivered
}

// StartProxy starts a proxy before the store at a URL.
func StartProxy(t testing.TB, storeURL string) *Proxy {
	t.Helper()
	at, err := url.Parse(storeURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: at.Host, listener: listener, links: map[*link]bool{}, flows: make(chan struct{})}
	close(p.flows)
	at.Host = listener.Addr().String()
	p.URL = at.String()
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Lose loses replies on purpose: a request that which picks is forwarded, and
// when its reply comes the connection is cut instead, so the store has done what
// the program does not learn of. which sees the bytes as they come off the
// connection, is never called twice at once, and may count; nil loses nothing.
func (p *Proxy) Lose(which func(request []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = which
}

// Lost is how many replies were lost so far.
func (p *Proxy) Lost() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Freeze accepts connections and bytes and delivers nothing, either way, until
// Thaw, which delivers what has waited.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flows:
		p.flows = make(chan struct{})
	default:
	}
}

// Thaw ends Freeze.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flows:
	default:
		close(p.flows)
	}
}

// Delay holds back what comes from now on, each way, by so much.
func (p *Proxy) Delay(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = by
}

// Cut ends every connection there is. New ones are served.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// HalfOpen makes every connection there is half-open: its end at the store is gone,
// the program is not told, and what the program sends disappears. New connections are
// served.
func (p *Proxy) HalfOpen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.half.Store(true)
		_ = l.server.Close()
	}
}

// Down ends every connection and closes new ones at once, until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Up ends Down.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// FewOf is for Lose: it picks the first few of every so many requests whose beginning
// has a word.
func FewOf(few, every int, word string) func(request []byte) bool {
	seen := 0
	return func(request []byte) bool {
		if !bytes.Contains(request[:min(len(request), 256)], []byte(word)) {
			return false
		}
		seen++
		return (seen-1)%every < few
	}
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close() // the store is away: so is the proxy
			continue
		}
		l := &link{client: client, server: server, ended: make(chan struct{})}
		p.mu.Lock()
		if p.closed || p.down {
			l.cut()
		} else {
			p.links[l] = true
			p.running.Go(func() { p.carry(l) })
		}
		p.mu.Unlock()
	}
}

// carry passes bytes both ways until either side ends.
func (p *Proxy) carry(l *link) {
	var replies sync.WaitGroup
	replies.Go(func() {
		defer func() {
			if l.half.Load() {
				<-l.ended
			}
			l.cut()
		}()
		pump(l.server, l.client, func([]byte) bool { return p.pass(l) && !p.loses(l) })
	})
	pump(l.client, l.server, func(request []byte) bool {
		if !p.pass(l) {
			return false
		}
		p.judge(l, request)
		return true
	})
	if l.half.Load() {
		_, _ = io.Copy(io.Discard, l.client)
	}
	l.cut()
	replies.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// pump copies what may pass.
func pump(from, to net.Conn, may func([]byte) bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !may(buffer[:n]) {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits while the proxy delays or is frozen; it reports whether the link
// still lives.
func (p *Proxy) pass(l *link) bool {
	p.mu.Lock()
	flows, delay := p.flows, p.delay
	p.mu.Unlock()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.ended:
			return false
		}
	}
	select {
	case <-flows:
		return true
	case <-l.ended:
		return false
	}
}

// judge decides whether the reply to a request will be lost.
func (p *Proxy) judge(l *link, request []byte) {
	p.mu.Lock()
	doomed := p.lose != nil && p.lose(request)
	p.mu.Unlock()
	l.mu.Lock()
	l.doomed = l.doomed || doomed
	l.mu.Unlock()
}

// loses reports, once its reply has come, whether it is lost.
func (p *Proxy) loses(l *link) bool {
	l.mu.Lock()
	doomed := l.doomed
	l.mu.Unlock()
	if doomed {
		p.mu.Lock()
		p.lost++
		p.mu.Unlock()
	}
	return doomed
}

func (l *link) cut() {
	l.end.Do(func() {
		close(l.ended)
		_ = l.client.Close()
		_ = l.server.Close()
	})
}
