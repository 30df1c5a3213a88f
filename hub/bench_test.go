package hub_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usher/hub"
)

// crowdVar makes this binary a crowd of clients instead of a run of tests, so
// that benchmarks measure the server's memory and CPU alone. It holds the
// server's address.
const crowdVar = "USHER_HUB_TEST_CROWD"

const crowdSize = 10_000

// crowd opens crowdSize sockets, says so, and reads and drops what comes until
// its standard input ends.
func crowd(address string) {
	var wanted atomic.Int64
	fail := func(err error) { fmt.Println(err); os.Exit(1) }
	for i := range crowdSize {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			fail(err)
		}
		_, err = fmt.Fprintf(conn, "GET /ws?user=%d HTTP/1.1\r\nHost: usher\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", i)
		if err != nil {
			fail(err)
		}
		wanted.Add(1)
		go func() {
			in := bufio.NewReaderSize(conn, 512)
			response, err := http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
				fail(fmt.Errorf("handshake: %v, %v", response, err))
			}
			if _, _, err := (&rawClient{in: in}).read(); err != nil {
				fail(err)
			}
			wanted.Add(-1)
			_, _ = io.Copy(io.Discard, in)
		}()
		for wanted.Load() > 500 {
			time.Sleep(time.Millisecond)
		}
	}
	for wanted.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// assembled starts a hub, lets the crowd in, and returns it with the connects a
// second.
func assembled(b *testing.B) (n *node, before resident, connects float64) {
	b.Helper()
	h := &node{t: b, closed: map[string][]string{}}
	h.hub = hub.New(hub.Options{})
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := h.hub.Upgrade(w, r)
		if err != nil {
			return
		}
		h.hub.Register(s, hub.Identity{
			Key:     hub.Key{Season: "demo", User: r.URL.Query().Get("user")},
			Session: r.URL.Query().Get("user"), ExpiresAt: time.Now().Add(time.Hour), Heartbeat: 25 * time.Second,
		}, h, []byte(`{"type":"welcome"}`))
	}))
	before = residentNow()
	b.Cleanup(func() { // after the crowd has gone
		deadline := time.Now().Add(soon)
		for h.hub.Sockets() > 0 && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		h.server.Close()
	})
	connects = letIn(b, h.server.Listener.Addr().String())
	if h.hub.Sockets() != crowdSize {
		b.Fatalf("%d sockets are live", h.hub.Sockets())
	}
	return h, before, connects
}

// letIn has a crowd connect to a server, until the benchmark ends, and returns
// the connects a second.
func letIn(b *testing.B, address string) float64 {
	b.Helper()
	clients := exec.Command(os.Args[0])
	clients.Env = append(os.Environ(), crowdVar+"="+address)
	in, err := clients.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := clients.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := clients.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = clients.Process.Kill()
		_ = clients.Wait()
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		b.Fatalf("the crowd says %q", line)
	}
	return crowdSize / time.Since(began).Seconds()
}

// resident is memory in bytes.
type resident struct{ rss, rssAfterGC, inUse float64 }

func residentNow() (r resident) {
	r.rss = rss()
	debug.FreeOSMemory()
	r.rssAfterGC = rss()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.inUse = float64(m.HeapInuse + m.StackInuse)
	return r
}

func rss() float64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(statm))
	pages, _ := strconv.Atoi(fields[1])
	return float64(pages * os.Getpagesize())
}

func cpu() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkIdleSocketMemory(b *testing.B) {
	n, before, connects := assembled(b)
	after := residentNow()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric((after.rss-before.rssAfterGC)/crowdSize, "rss-B/socket")
	b.ReportMetric((after.rssAfterGC-before.rssAfterGC)/crowdSize, "rss-after-GC-B/socket")
	b.ReportMetric(float64(m.StackInuse)/crowdSize, "stack-B/socket")
	b.ReportMetric(connects, "connects/s")
	b.ReportMetric(0, "ns/op")
	_ = n
}

// shared is an update encoded once for all.
type shared struct{ frame []byte }

func (u shared) Merge(newer hub.Update) hub.Update { return newer }
func (u shared) Frame() []byte                     { return u.frame }

// BenchmarkBroadcast sends one message of 150 bytes to every socket, as a
// season's tick does.
func BenchmarkBroadcast(b *testing.B) {
	n, _, _ := assembled(b)
	u := shared{[]byte(strings.Repeat("x", 150))}
	began := cpu()
	for b.Loop() {
		n.hub.Each("demo", func(s *hub.Socket) { s.Update(hub.SlotPosition, u) })
	}
	messages := float64(b.N) * crowdSize
	b.ReportMetric(float64((cpu()-began).Microseconds())/messages, "cpu-µs/message")
	b.ReportMetric(messages/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkBurst has sixteen messages pending for every socket, as happens when
// replies and pushes fall together: they leave at once.
func BenchmarkBurst(b *testing.B) {
	const burst = 16
	n, _, _ := assembled(b)
	message := []byte(strings.Repeat("x", 150))
	began := cpu()
	for b.Loop() {
		n.hub.Each("demo", func(s *hub.Socket) {
			for range burst {
				s.Send(message)
			}
		})
	}
	messages := float64(b.N) * crowdSize * burst
	b.ReportMetric(float64((cpu()-began).Microseconds())/messages, "cpu-µs/message")
	b.ReportMetric(messages/b.Elapsed().Seconds(), "messages/s")
}
