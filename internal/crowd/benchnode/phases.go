package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"
)

// figures are what was measured of a server; 0: not measured.
type figures struct {
	resident, later     float64 // bytes a socket
	connectCPU, connect float64 // µs; a second
	connectRedis        float64 // µs
	join, joinRedis     float64 // µs
	idle                float64 // µs a socket and second
	push                float64 // µs
	tell                float64 // µs
	turnP50, turnP99    float64 // ms
	storm               float64 // s
	stormCPU            float64 // µs a socket
	moved, stormErrors  int
	stormSaid           string
	crowdCPU, crowdRSS  float64 // of the crowd: µs a connect, bytes a socket, the whole process shared out
}

// meter measures one server while a driver plays.
type meter struct {
	ctx    context.Context
	p      plan
	server *process
	d      *driver
	f      figures
	before int64 // resident bytes before the crowd
}

// spent returns the processor time of the server during do, and the time by the
// clock.
func (m *meter) spent(do func() error) (cpu, took time.Duration, err error) {
	before, err := m.server.cpu()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	after, err := m.server.cpu()
	return after - before, took, err
}

// each is a time for each of n, in microseconds.
func each(t time.Duration, n int) float64 { return float64(t) / float64(time.Microsecond) / float64(n) }

func (m *meter) residentEach() (float64, error) {
	now, err := m.server.resident()
	return float64(now-m.before) / float64(m.p.sockets), err
}

// connect measures the way in.
func (m *meter) connect() (err error) {
	if m.before, err = m.server.resident(); err != nil {
		return err
	}
	own := ownCPU()
	cpu, took, err := m.spent(func() error { return m.d.connect(m.ctx, m.p.window) })
	if err != nil {
		return err
	}
	n := m.p.sockets
	m.f.connectCPU, m.f.connect = each(cpu, n), float64(n)/took.Seconds()
	m.f.crowdCPU, m.f.crowdRSS = each(ownCPU()-own, n), float64(ownResident())/float64(n)
	return nil
}

func ownResident() int64 {
	bytes, _ := residentOf("self")
	return bytes
}

// idle measures waiting sockets: processor time, and memory at its end.
func (m *meter) idle() error {
	if err := m.d.settle(m.ctx, 3*time.Second); err != nil { // what the phase before has set off
		return err
	}
	cpu, took, err := m.spent(func() error { return m.d.settle(m.ctx, m.p.idle) })
	if err != nil {
		return err
	}
	m.f.idle = each(cpu, m.p.sockets) / took.Seconds()
	m.f.later, err = m.residentEach()
	return err
}

// storm measures all coming back at once.
func (m *meter) storm() error {
	cpu, _, err := m.spent(func() error {
		took, moved, err := m.d.storm(m.ctx, 8*m.p.window)
		m.f.storm, m.f.moved = took.Seconds(), moved
		return err
	})
	m.f.stormCPU = each(cpu, m.p.sockets)
	m.f.stormSaid, m.f.stormErrors = m.d.errorsText()
	return err
}

// benchBare measures a server without a line: the hub, or the plain handler.
func benchBare(ctx context.Context, p plan, kind string) (figures, error) {
	url := ""
	self := filepath.Join(p.bin, "benchnode")
	server, err := start(ctx, filepath.Join(p.out, kind+".log"), func(line string) bool {
		url = urlIn(line)
		return url != ""
	}, self, "serve", kind)
	if err != nil {
		return figures{}, err
	}
	defer server.stop()
	d, err := newDriver(ctx, url, nil, p.sockets)
	if err != nil {
		return figures{}, err
	}
	defer d.pool.Stop()
	m := &meter{ctx: ctx, p: p, server: server, d: d}
	if err := m.connect(); err != nil {
		return figures{}, err
	}
	if m.f.resident, err = m.residentEach(); err != nil {
		return figures{}, err
	}
	m.p.idle = min(p.idle, 30*time.Second)
	if err := m.idle(); err != nil {
		return figures{}, err
	}
	if m.f.push, err = m.askBare(url+"/push", &d.positions); err != nil {
		return figures{}, err
	}
	if m.f.tell, err = m.askBare(url+"/tell", &d.sales); err != nil {
		return figures{}, err
	}
	return m.f, m.storm()
}

// askBare has the server send all a message, several times, and returns the time for
// each message that came.
func (m *meter) askBare(url string, came *int) (float64, error) {
	cpu, _, err := m.spent(func() error {
		for range m.p.pushes {
			asked := make(chan error, 1)
			go func() {
				answer, err := http.Post(url, "", nil)
				if err == nil {
					err = answer.Body.Close()
				}
				asked <- err
			}()
			want := *came + m.p.sockets
			if err := m.d.until(m.ctx, "a message to all", time.Minute, func() bool { return *came >= want }); err != nil {
				return err
			}
			if err := <-asked; err != nil {
				return err
			}
		}
		return nil
	})
	return each(cpu, m.p.pushes*m.p.sockets), err
}

// tell changes what is public about the sale, several times, and waits until every
// socket is told. Changes are told once a second at most, so each waits for its second.
func (m *meter) tell(change func(i int) error) error {
	cpu, took, err := m.spent(func() error {
		for i := range m.p.pushes {
			want := m.d.sales + m.p.sockets
			if err := change(i); err != nil {
				return err
			}
			if err := m.d.until(m.ctx, "a change told to all", time.Minute, func() bool { return m.d.sales >= want }); err != nil {
				return err
			}
			if err := m.d.settle(m.ctx, 1100*time.Millisecond); err != nil {
				return err
			}
		}
		return nil
	})
	quiet := time.Duration(m.f.idle * float64(m.p.sockets) * took.Seconds() * float64(time.Microsecond))
	m.f.tell = each(max(0, cpu-quiet), m.p.pushes*m.p.sockets)
	return err
}

// turns measures from a leave to the next fan's turn, one after the other.
func (m *meter) turns() error {
	holder := slices.IndexFunc(m.d.socks, func(s sock) bool { return s.state == "active" || s.state == "turn" })
	if holder < 0 {
		return fmt.Errorf("no fan has a turn or is active")
	}
	var took []float64
	for range m.p.turns {
		if err := m.d.settle(m.ctx, 30*time.Millisecond); err != nil {
			return err
		}
		m.d.turned = m.d.turned[:0]
		began := time.Now()
		m.d.pool.Send(holder, []byte(`{"type":"leave","id":2}`))
		if err := m.d.until(m.ctx, "a turn", 30*time.Second, func() bool { return len(m.d.turned) > 0 }); err != nil {
			return err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		holder = m.d.turned[0]
	}
	slices.Sort(took)
	m.f.turnP50, m.f.turnP99 = took[len(took)/2], took[len(took)*99/100]
	return nil
}

// push has everybody move up by more than one per cent, several times: the limit
// is raised, so that one script admits the first of the line.
func (m *meter) push(raise func(limit int) error) error {
	step, limit := m.p.sockets/100+2, 1
	var cpu, took time.Duration
	sent := 0
	for range m.p.pushes {
		limit += step
		before, turnedBefore := m.d.positions, len(m.d.turned)
		c, t, err := m.spent(func() error {
			if err := raise(limit); err != nil {
				return err
			}
			if err := m.d.until(m.ctx, "turns", 30*time.Second, func() bool { return len(m.d.turned)-turnedBefore >= step }); err != nil {
				return err
			}
			return m.d.settle(m.ctx, 2500*time.Millisecond) // a second's pace, and the frames on their way
		})
		if err != nil {
			return err
		}
		cpu, took, sent = cpu+c, took+t, sent+m.d.positions-before
	}
	if sent < m.p.pushes*m.p.sockets/2 {
		return fmt.Errorf("only %d positions came", sent)
	}
	quiet := time.Duration(m.f.idle * float64(m.p.sockets) * took.Seconds() * float64(time.Microsecond))
	m.f.push = each(max(0, cpu-quiet), sent)
	return nil
}
