//go:build unix

package hub_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/hub"
)

// assembled starts a hub, lets the crowd in, by streams if the path is streamMark, and
// returns it with the connects a second.
func assembled(b *testing.B, path ...string) (n *node, before resident, connects float64) {
	b.Helper()
	h := &node{t: b, closed: map[string][]string{}}
	h.hub = hub.New(hub.Options{})
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var s *hub.Socket
		var err error
		if r.URL.Path == streamMark {
			s, err = h.hub.Stream(w)
		} else {
			s, err = h.hub.Upgrade(w, r)
		}
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
	connects = letIn(b, h.server.Listener.Addr().String()+strings.Join(path, ""))
	if h.hub.Sockets() != crowdSize {
		b.Fatalf("%d sockets are live", h.hub.Sockets())
	}
	return h, before, connects
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

func BenchmarkIdleSocketMemory(b *testing.B) { idleMemory(b) }

// BenchmarkIdleStreamMemory is the same for streams of events.
func BenchmarkIdleStreamMemory(b *testing.B) { idleMemory(b, streamMark) }

func idleMemory(b *testing.B, path ...string) {
	b.Helper()
	n, before, connects := assembled(b, path...)
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

// BenchmarkTell tells every socket of a season one message, as long as a sale's public
// state.
func BenchmarkTell(b *testing.B) { tell(b) }

// BenchmarkTellStreams is the same for streams of events.
func BenchmarkTellStreams(b *testing.B) { tell(b, streamMark) }

func tell(b *testing.B, path ...string) {
	b.Helper()
	n, _, _ := assembled(b, path...)
	u := hub.NewShared([]byte(strings.Repeat("x", 450)))
	began := cpu()
	for b.Loop() {
		n.hub.Tell("demo", hub.SlotSale, u)
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
