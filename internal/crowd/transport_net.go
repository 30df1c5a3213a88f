package crowd

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	dialsAtOnce = 256
	dialTime    = 30 * time.Second
	writeTime   = 2 * time.Second
	netBuffer   = 2 << 10 // bytes of a goroutine's read buffer
)

// netTransport is the transport for every system and for TLS. Each connection has a
// goroutine that reads.
type netTransport struct {
	server  string
	tls     *tls.Config // nil: none
	conns   []netConn
	arrived chan netArrival
	woken   chan struct{}
	dialing chan struct{} // has one element for each dial in flight
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

type netConn struct {
	conn       net.Conn
	generation uint32
	end        context.CancelFunc // cancels a dial in flight
}

type netArrival struct {
	arrival
	generation uint32
	conn       net.Conn
}

func newNetTransport(server string, secure *tls.Config, n int) *netTransport {
	t := &netTransport{
		server: server, tls: secure, conns: make([]netConn, n),
		arrived: make(chan netArrival, 1024), woken: make(chan struct{}, 1), dialing: make(chan struct{}, dialsAtOnce),
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

func (t *netTransport) dial(i int, local netip.Addr) {
	c := &t.conns[i]
	c.generation++
	ctx, end := context.WithTimeout(t.ctx, dialTime)
	c.end = end
	generation := c.generation
	t.running.Go(func() {
		defer end()
		conn, err := t.connect(ctx, local)
		if err != nil {
			t.tell(netArrival{arrival{i: i, err: err}, generation, nil})
			return
		}
		defer func() { _ = conn.Close() }()
		if !t.tell(netArrival{arrival{i: i, opened: true}, generation, conn}) {
			return
		}
		t.read(i, generation, conn)
	})
}

func (t *netTransport) connect(ctx context.Context, local netip.Addr) (net.Conn, error) {
	select {
	case t.dialing <- struct{}{}:
		defer func() { <-t.dialing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	dialer := &net.Dialer{}
	if local.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	}
	if t.tls == nil {
		return dialer.DialContext(ctx, "tcp", t.server)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: t.tls}).DialContext(ctx, "tcp", t.server)
}

func (t *netTransport) read(i int, generation uint32, conn net.Conn) {
	buffer := make([]byte, netBuffer)
	for {
		n, err := conn.Read(buffer)
		if n > 0 && !t.tell(netArrival{arrival{i: i, data: append([]byte(nil), buffer[:n]...)}, generation, nil}) {
			return
		}
		if err != nil {
			t.tell(netArrival{arrival{i: i, err: err}, generation, nil})
			return
		}
	}
}

// tell passes an arrival to poll, unless the transport has stopped.
func (t *netTransport) tell(a netArrival) bool {
	select {
	case t.arrived <- a:
		return true
	case <-t.ctx.Done():
		return false
	}
}

func (t *netTransport) write(i int, b []byte) {
	if conn := t.conns[i].conn; conn != nil {
		_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := conn.Write(b); err != nil {
			_ = conn.Close() // its reader reports the end
		}
	}
}

func (t *netTransport) close(i int, reset bool) {
	c := &t.conns[i]
	if c.end != nil {
		c.end()
	}
	if c.conn != nil {
		if tcp, ok := c.conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = c.conn.Close()
	}
	*c = netConn{generation: c.generation + 1}
}

func (t *netTransport) poll(wait time.Duration, handle func(arrival)) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case a := <-t.arrived:
		t.arrive(a, handle)
	case <-t.woken:
	case <-timer.C:
	}
	for range cap(t.arrived) {
		select {
		case a := <-t.arrived:
			t.arrive(a, handle)
		default:
			return nil
		}
	}
	return nil
}

func (t *netTransport) arrive(a netArrival, handle func(arrival)) {
	c := &t.conns[a.i]
	if c.generation != a.generation {
		if a.conn != nil {
			_ = a.conn.Close()
		}
		return
	}
	switch {
	case a.opened:
		c.conn, c.end = a.conn, nil
	case a.err != nil:
		*c = netConn{generation: c.generation + 1}
	}
	handle(a.arrival)
}

func (t *netTransport) wake() {
	select {
	case t.woken <- struct{}{}:
	default:
	}
}

func (t *netTransport) stop() {
	t.cancel()
	for i := range t.conns {
		t.close(i, false)
	}
	t.running.Wait()
}
