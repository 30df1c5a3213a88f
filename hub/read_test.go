package hub_test

import (
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
)

func TestMessagesArriveHoweverTheirBytesDo(t *testing.T) {
	long := strings.Repeat("é", 4000)
	frames := func(f ...[]byte) (all []byte) {
		for _, one := range f {
			all = append(all, one...)
		}
		return all
	}
	for _, test := range []struct {
		name  string
		bytes []byte
		want  []string // frames back: messages, or pongs as "pong …"
	}{
		{"one", masked(fin|text, "a"), []string{"a"}},
		{"empty", masked(fin|text, ""), []string{""}},
		{"a 16-bit length", masked(fin|text, long), []string{long}},
		{"as long as allowed", masked(fin|text, strings.Repeat("x", 8<<10)), []string{strings.Repeat("x", 8<<10)}},
		{"several at once", frames(masked(fin|text, "a"), masked(fin|text, "b"), masked(fin|text, long)), []string{"a", "b", long}},
		{"in fragments", frames(masked(text, "a"), masked(continuation, "b"), masked(continuation, ""), masked(fin|continuation, "c")), []string{"abc"}},
		{"split within a letter", frames(masked(text, "\xc3"), masked(fin|continuation, "\xa9")), []string{"é"}},
		{"empty fragments", frames(masked(text, ""), masked(fin|continuation, "")), []string{""}},
		{"pinged within fragments", frames(masked(text, "a"), masked(fin|ping, "p"), masked(fin|continuation, "b")), []string{"pong p", "ab"}},
		{"an unsolicited pong", frames(masked(fin|pong, "?"), masked(fin|text, "a")), []string{"a"}},
		{"a ping", masked(fin|ping, strings.Repeat("p", 125)), []string{"pong " + strings.Repeat("p", 125)}},
		{"an empty ping", masked(fin|ping, ""), []string{"pong "}},
	} {
		for _, way := range []struct {
			name  string
			piece int // bytes written at once; 0: with the handshake
		}{{"whole", 1 << 20}, {"byte by byte", 1}, {"in sevens", 7}, {"with the handshake", 0}} {
			if way.piece < 100 && way.piece > 0 && len(test.bytes) > 1000 {
				way.piece *= 500
			}
			t.Run(test.name+" "+way.name, func(t *testing.T) {
				n := start(t, hub.Options{})
				n.message = func(s *hub.Socket, frame []byte) { s.Send(fmt.Appendf(nil, "re %s", frame)) }
				var c *rawClient
				if way.piece == 0 {
					c = n.handshake("ann", 1, test.bytes)
				} else {
					c = n.dialRaw("ann", 1)
					for rest := test.bytes; len(rest) > 0; {
						size := min(way.piece, len(rest))
						c.write(rest[:size])
						rest = rest[size:]
					}
				}
				c.want(fin|text, welcome)
				for _, want := range test.want {
					if payload, ok := strings.CutPrefix(want, "pong "); ok {
						c.want(fin|pong, payload)
					} else {
						c.want(fin|text, "re "+want)
					}
				}
			})
		}
	}
}

func TestAFloodIsClosedAndASteadyClientIsNot(t *testing.T) {
	for name, frame := range map[string][]byte{
		"messages":        masked(fin|text, "x"),
		"pings":           masked(fin|ping, "x"),
		"pongs":           masked(fin|pong, "x"),
		"empty fragments": masked(continuation, ""),
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, hub.Options{Rate: 20, Burst: 10})
			c := n.dialRaw("ann", 1)
			c.want(fin|text, welcome)
			if name == "empty fragments" {
				c.write(masked(text, "x"))
			}
			// In one packet, so that no time passes between them.
			c.write([]byte(strings.Repeat(string(frame), 40)))
			c.wantClose(hub.CloseFlooding, hub.ReasonFlooding)
			_ = c.conn.Close()
			n.wantClosed("ann", hub.ReasonFlooding)
		})
	}
	t.Run("a burst and a goodbye", func(t *testing.T) {
		n := start(t, hub.Options{Rate: 20, Burst: 10})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		c.write([]byte(strings.Repeat(string(masked(fin|text, "x")), 10) + string(masked(fin|closing, "\x03\xe8"))))
		c.want(fin|closing, "\x03\xe8left")
		n.wantClosed("ann", hub.ReasonLeft)
	})
	t.Run("within the rate", func(t *testing.T) {
		n := start(t, hub.Options{Rate: 500, Burst: 5})
		n.message = echo
		c := n.dial("ann", 1)
		c.want(welcome)
		pace := time.NewTicker(4 * time.Millisecond)
		defer pace.Stop()
		for i := range 100 {
			<-pace.C
			c.send(fmt.Sprint(i))
			c.want(fmt.Sprint("re ", i))
		}
	})
}

func TestAnyStreamOfFragmentsAndPiecesGivesTheSameMessages(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		seed := time.Now().UnixNano()
		random := rand.New(rand.NewSource(seed))
		t.Logf("seed %d", seed)
		n := start(t, hub.Options{Rate: 1e6, Burst: 1e6})
		var mu sync.Mutex
		var got []string
		n.message = func(_ *hub.Socket, frame []byte) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, string(frame))
		}
		var want []string
		var stream []byte
		for i := range 300 {
			message := fmt.Sprint(i, strings.Repeat("é", random.Intn(1<<random.Intn(12))))
			want = append(want, message)
			opcode := byte(text)
			for rest := message; ; {
				if random.Intn(4) == 0 {
					stream = append(stream, masked(fin|pong, "?")...)
				}
				if random.Intn(2) == 0 || rest == "" {
					stream = append(stream, masked(fin|opcode, rest)...)
					break
				}
				size := 1 + random.Intn(len(rest))
				stream = append(stream, masked(opcode, rest[:size])...)
				rest, opcode = rest[size:], continuation
			}
		}
		c := n.dialRaw("ann", 1)
		for len(stream) > 0 {
			size := min(1+random.Intn(1<<random.Intn(16)), len(stream))
			c.write(stream[:size])
			stream = stream[size:]
		}
		testkit.Eventually(t, soon, "all messages", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(got) >= len(want)
		})
		mu.Lock()
		defer mu.Unlock()
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("message %d is %.80q, want %.80q", i, got[i], want[i])
			}
		}
	})
}
