package crowd

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// PoolOptions configures a Pool.
type PoolOptions struct {
	URL     string // of the server: http(s)://host[:port]
	Season  string // "": the server's default season
	Sockets int    // the most sockets
	// LocalAddrs are used in turn, because each has about 28,000 ports.
	LocalAddrs []netip.Addr
	Seed       uint64
	// Goroutines uses a goroutine for each socket even where epoll is available.
	Goroutines bool
}

// Pool is many client sockets, each with an index below Sockets. One goroutine calls
// its methods; other goroutines may call Wake.
type Pool struct {
	o     PoolOptions
	t     transport
	links []link
	hello string // the handshake up to the key
	masks rand.PCG
	frame []byte // a buffer for the frame that is sent
}

// Event is something that happened on one socket.
type Event struct {
	I int
	// Opened: the server accepted the upgrade.
	Opened bool
	// Text is a message, valid until the handler returns; nil when the socket
	// opened or has ended.
	Text []byte
	// Err says why the socket has ended, or could not be opened.
	Err error
}

// CloseCode is the code of the server's close frame, 0 if there was none.
func (e Event) CloseCode() int {
	var c *closed
	if errors.As(e.Err, &c) {
		return c.code
	}
	return 0
}

// NewPool makes a pool; Stop ends it.
func NewPool(ctx context.Context, o PoolOptions) (*Pool, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	path := strings.TrimSuffix(u.Path, "/") + "/ws"
	if o.Season != "" {
		path += "?season=" + url.QueryEscape(o.Season)
	}
	p := &Pool{
		o: o, links: make([]link, o.Sockets), masks: *rand.NewPCG(o.Seed, 1),
		hello: fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: usher.v1\r\nSec-WebSocket-Key: ", path, u.Host),
	}
	if u.Scheme == "http" && !o.Goroutines {
		server, err := resolve(ctx, u.Hostname(), port, o.LocalAddrs)
		if err != nil {
			return nil, err
		}
		if p.t, err = newEpoll(server, o.Sockets); err != nil {
			return nil, err
		}
	}
	if p.t == nil {
		var secure *tls.Config
		if u.Scheme == "https" {
			secure = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
		}
		p.t = newNetTransport(net.JoinHostPort(u.Hostname(), port), secure, o.Sockets)
	}
	return p, nil
}

// resolve finds one address of the server, of the family of the local addresses.
func resolve(ctx context.Context, host, port string, locals []netip.Addr) (netip.AddrPort, error) {
	network := "ip"
	if len(locals) > 0 {
		network = map[bool]string{true: "ip4", false: "ip6"}[locals[0].Is4()]
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for _, a := range addresses { // localhost has addresses of both families, and servers listen on the first
		if a.Unmap().Is4() {
			return netip.AddrPortFrom(a.Unmap(), uint16(number)), nil
		}
	}
	return netip.AddrPortFrom(addresses[0], uint16(number)), nil
}

// Dial opens socket i with a session token. Poll reports the result.
func (p *Pool) Dial(i int, token string) {
	l := &p.links[i]
	if l.state != linkIdle {
		p.t.close(i, true)
	}
	*l = link{state: linkDialing, dials: l.dials + 1, in: []byte(token)} // the token is stored until it can be sent
	var local netip.Addr
	if n := len(p.o.LocalAddrs); n > 0 {
		local = p.o.LocalAddrs[i%n]
	}
	p.t.dial(i, local)
}

// Send sends a message on socket i, if it is open.
func (p *Pool) Send(i int, text []byte) {
	if p.links[i].state == linkOpen {
		p.write(i, opText, text)
	}
}

func (p *Pool) write(i int, opcode byte, payload []byte) {
	p.frame = appendFrame(p.frame[:0], opcode, payload, uint32(p.masks.Uint64()))
	p.t.write(i, p.frame)
}

// Close sends a close frame on socket i. Poll reports nothing more of it.
func (p *Pool) Close(i int) {
	l := &p.links[i]
	if l.state == linkOpen {
		p.write(i, opClose, []byte{0x03, 0xE8}) // 1000; the server closes the connection
		*l = link{state: linkClosing, dials: l.dials}
		return
	}
	p.Cut(i)
}

// Cut ends socket i as a lost network does. Poll reports nothing more of it.
func (p *Pool) Cut(i int) {
	l := &p.links[i]
	p.t.close(i, true)
	*l = link{dials: l.dials}
}

// Wake ends a Poll. Any goroutine may call it.
func (p *Pool) Wake() { p.t.wake() }

// Stop ends every socket.
func (p *Pool) Stop() { p.t.stop() }

// Poll waits for events, at most as long as given, and passes them to the handler. The
// handler may call every method except Poll and Stop.
func (p *Pool) Poll(wait time.Duration, handle func(Event)) error {
	return p.t.poll(max(wait, 0), func(a arrival) {
		l := &p.links[a.i]
		switch {
		case l.state == linkIdle:
		case a.opened:
			p.shake(a.i)
		case a.err != nil:
			p.lost(a, handle)
		default:
			p.arrive(a, handle)
		}
	})
}

// shake sends the upgrade request.
func (p *Pool) shake(i int) {
	l := &p.links[i]
	hello := append(p.frame[:0], p.hello...)
	hello = append(hello, nonce(p.o.Seed, i, l.dials)...)
	if len(l.in) > 0 {
		hello = append(append(hello, "\r\nAuthorization: Bearer "...), l.in...)
	}
	p.frame = append(hello, "\r\n\r\n"...)
	l.state, l.in = linkShaking, nil
	p.t.write(i, p.frame)
}

// lost handles the end of a connection.
func (p *Pool) lost(a arrival, handle func(Event)) {
	l := &p.links[a.i]
	err := a.err
	if l.state == linkShaking && len(l.in) > 0 {
		if _, refused := parseAnswer(l.in, nonce(p.o.Seed, a.i, l.dials), true); refused != nil {
			err = refused
		}
	}
	said := l.state != linkClosing
	*l = link{dials: l.dials}
	if said {
		handle(Event{I: a.i, Err: err})
	}
}

// fail ends a connection that the server closes, or whose bytes break the protocol.
func (p *Pool) fail(i int, err error, handle func(Event)) {
	l := &p.links[i]
	if c := (*closed)(nil); errors.As(err, &c) && l.state == linkOpen {
		var code []byte
		if c.code != 1005 {
			code = binary.BigEndian.AppendUint16(nil, uint16(c.code))
		}
		p.write(i, opClose, code)
	}
	p.t.close(i, false)
	*l = link{dials: l.dials}
	handle(Event{I: i, Err: err})
}

// arrive processes bytes. The handler may end or redial the socket at any message; the
// rest of the bytes is dropped then.
func (p *Pool) arrive(a arrival, handle func(Event)) {
	l := &p.links[a.i]
	if l.state == linkClosing {
		return
	}
	data, dials := a.data, l.dials
	if len(l.in) > 0 {
		data = append(l.in, data...)
		l.in = nil
	}
	if l.state == linkShaking {
		size, err := parseAnswer(data, nonce(p.o.Seed, a.i, dials), false)
		switch {
		case err != nil:
			p.fail(a.i, err, handle)
			return
		case size == 0:
			l.in = append([]byte(nil), data...)
			return
		}
		l.state, data = linkOpen, data[size:]
		handle(Event{I: a.i, Opened: true})
	}
	for len(data) > 0 && l.state == linkOpen && l.dials == dials {
		f, size, err := parseFrame(data)
		if err == nil && size == 0 {
			l.in = append([]byte(nil), data...)
			return
		}
		var text []byte
		var answer byte
		if err == nil {
			text, answer, err = l.take(f)
		}
		if err != nil {
			p.fail(a.i, err, handle)
			return
		}
		data = data[size:]
		if answer != 0 {
			p.write(a.i, answer, f.payload)
		}
		if text != nil {
			handle(Event{I: a.i, Text: text})
		}
	}
}
