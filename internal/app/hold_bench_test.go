package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const (
	holdFans  = 200 // sockets that hold at the same time
	holdsEach = 4   // holds of each socket, one after the other, of one seat each
)

// BenchmarkHold measures holds over the socket: a whole node on a real Redis, and all
// sockets at the same time. In alternation it measures the bare EVALSHA of such a hold
// (read from the node by MONITOR) for the same seats and as many users without a
// socket. ratio is the socket's speed divided by the script's. The clients run in the
// node's process, on the same cores.
func BenchmarkHold(b *testing.B) {
	redisURL := testkit.RealRedis(b)
	n := node.Start(b, node.Options{
		RedisURL: redisURL,
		Demo: func(h *dev.Demo) {
			h.Seats, h.ActiveLimit, h.MaxSeats = 2*holdFans*holdsEach, 3*holdFans, 6
			h.Lease = time.Hour // also for users without a socket
			h.Session = time.Hour
		},
		Change: func(o *app.Options) { o.LimitRequests = 0 },
	})
	fans := make([]*holdFan, holdFans)
	var opening sync.WaitGroup
	for i := range fans {
		f, absent := n.SignIn(b, fmt.Sprintf("Fan %d", i)), n.SignIn(b, fmt.Sprintf("Absent %d", i))
		opening.Go(func() {
			fans[i] = openHoldFan(b, n, f)
			fans[i].absent = absent
		})
	}
	opening.Wait()
	seats := freeSeats(b, n)
	for i, f := range fans {
		f.seats = seats[i*holdsEach : (i+1)*holdsEach]
	}
	fans[0].hold(0) // freezes the plan
	fans[0].release()
	call := catchHold(b, redisURL, fans[0])
	stores := testkit.OpenAt(b, redisURL, testkit.Stores(b).MongoURL, "unused")

	var bySocket, byScript time.Duration
	holds := 0
	for b.Loop() {
		began := time.Now()
		atOnce(fans, func(f *holdFan) {
			for k := range f.seats {
				f.hold(k)
			}
		})
		bySocket += time.Since(began)
		b.StopTimer()
		atOnce(fans, (*holdFan).release)
		began = time.Now()
		atOnce(fans, func(f *holdFan) {
			for k := range f.seats {
				if err := call.bare(stores, f, k); err != nil {
					b.Error(err)
				}
			}
		})
		byScript += time.Since(began)
		atOnce(fans, func(f *holdFan) { f.absent.Do("DELETE", "/holds", nil, http.StatusOK) })
		holds += holdFans * holdsEach
		b.StartTimer()
	}
	b.ReportMetric(float64(holds)/bySocket.Seconds(), "holds/s")
	b.ReportMetric(float64(holds)/byScript.Seconds(), "evalsha/s")
	b.ReportMetric(byScript.Seconds()/bySocket.Seconds(), "ratio")
	testkit.AtLeast(b, "holds-by-evalsha", byScript.Seconds()/bySocket.Seconds(), 0.7)
}

func atOnce(fans []*holdFan, do func(*holdFan)) {
	var working sync.WaitGroup
	for _, f := range fans {
		working.Go(func() { do(f) })
	}
	working.Wait()
}

type holdSeat struct {
	number string
	index  int
}

// freeSeats returns the available seats.
func freeSeats(b *testing.B, n *node.Node) (free []holdSeat) {
	b.Helper()
	answer := n.SignIn(b, "Watcher").Do("GET", "/seats?status=available", nil, http.StatusOK)
	for _, s := range answer["seats"].([]any) {
		seat := s.(map[string]any)
		free = append(free, holdSeat{seat["seatNumber"].(string), int(seat["index"].(float64))})
	}
	return free
}

// holdCall is one call of the hold script by a node.
type holdCall struct {
	sha  string
	keys []string
	args []string
	seat int // which argument is the seat; the next one is its index
}

// catchHold lets a fan hold a seat and reads the call from Redis.
func catchHold(b *testing.B, redisURL string, f *holdFan) holdCall {
	b.Helper()
	address, err := url.Parse(redisURL)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "MONITOR\r\n"); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	lines.Scan() // +OK
	f.hold(0)
	defer f.release()
	quoted := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	for lines.Scan() {
		words := quoted.FindAllString(lines.Text(), -1)
		for i := range words {
			words[i], _ = strconv.Unquote(words[i])
		}
		if len(words) < 3 || !strings.EqualFold(words[0], "evalsha") || !slices.Contains(words, f.seats[0].number) {
			continue
		}
		count, err := strconv.Atoi(words[2])
		if err != nil {
			b.Fatal(err)
		}
		call := holdCall{sha: words[1], keys: words[3 : 3+count], args: words[3+count:]}
		call.seat = slices.Index(call.args, f.seats[0].number)
		if call.args[2] != f.user || call.seat < 0 || call.seat+2 != len(call.args) || call.args[call.seat+1] != strconv.Itoa(f.seats[0].index) {
			b.Fatalf("the hold script is called in another way now: %q", call.args)
		}
		return call
	}
	b.Fatal("no hold was seen:", lines.Err())
	return holdCall{}
}

// bare calls the script directly for a fan's k-th seat.
func (c *holdCall) bare(stores *store.Stores, f *holdFan, k int) error {
	args := make([]any, len(c.args))
	for i := range args {
		args[i] = c.args[i]
	}
	args[2], args[c.seat], args[c.seat+1] = f.absent.ID, f.seats[k].number, f.seats[k].index
	got, err := stores.Redis.EvalSha(context.Background(), c.sha, c.keys, args...).Slice()
	if err == nil && got[0] != "ok" {
		err = fmt.Errorf("the bare script answered %v", got)
	}
	return err
}

// holdFan is a cheap socket, so that the node is measured and not the client: it
// writes prepared frames and searches received frames only for its answer.
type holdFan struct {
	b      *testing.B
	user   string
	absent *node.Fan // holds the same seats in alternation, by the bare script
	conn   net.Conn
	in     *bufio.Reader
	seats  []holdSeat
	asked  int
	frame  []byte
}

func openHoldFan(b *testing.B, n *node.Node, fan *node.Fan) *holdFan {
	address, err := url.Parse(n.URL)
	if err != nil {
		b.Error(err)
		return nil
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		b.Error(err)
		return nil
	}
	b.Cleanup(func() { _ = conn.Close() })
	f := &holdFan{b: b, user: fan.ID, conn: conn, in: bufio.NewReader(conn)}
	_, _ = fmt.Fprintf(conn, "GET /ws?season=%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", fan.Season, address.Host, fan.Token)
	answer, err := http.ReadResponse(f.in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		b.Errorf("opening a socket: %v %v", answer, err)
		return nil
	}
	f.await([]byte(`"type":"welcome"`))
	return f
}

func (f *holdFan) hold(k int) { f.ask(`"hold","seats":["` + f.seats[k].number + `"]`) }

func (f *holdFan) release() { f.ask(`"release"`) }

// ask sends a request and waits for the answer, which must be a cart.
func (f *holdFan) ask(request string) {
	f.asked++
	f.send(1, fmt.Sprintf(`{"id":%d,"type":%s}`, f.asked, request))
	if answer := f.await(fmt.Appendf(nil, `"re":%d,`, f.asked)); !bytes.Contains(answer, []byte(`"type":"cart"`)) {
		f.b.Errorf("asked for %s, got %s", request, answer)
	}
}

// send writes a short frame, masked with zeros, because a client's frames must be
// masked.
func (f *holdFan) send(opcode byte, text string) {
	frame := append(f.frame[:0], 0x80|opcode)
	if len(text) < 126 {
		frame = append(frame, 0x80|byte(len(text)))
	} else {
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(len(text)))
	}
	f.frame = append(append(frame, 0, 0, 0, 0), text...)
	if _, err := f.conn.Write(f.frame); err != nil {
		f.b.Error(err)
	}
}

// await reads frames until one contains the given bytes.
func (f *holdFan) await(what []byte) []byte {
	var head [8]byte
	for {
		if _, err := io.ReadFull(f.in, head[:2]); err != nil {
			f.b.Error("a socket ended: ", err)
			return nil
		}
		opcode, size := head[0]&0xF, int(head[1])
		if size == 126 {
			_, _ = io.ReadFull(f.in, head[:2])
			size = int(binary.BigEndian.Uint16(head[:2]))
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(f.in, text); err != nil {
			f.b.Error("a socket ended: ", err)
			return nil
		}
		if opcode == 9 {
			f.send(10, string(text))
		}
		if bytes.Contains(text, what) {
			return text
		}
	}
}
