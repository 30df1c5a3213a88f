package hub_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
)

// counting is an update that says which ones were merged into it.
type counting struct{ first, last int }

func (u counting) Merge(newer hub.Update) hub.Update {
	return counting{u.first, newer.(counting).last}
}

func (u counting) Frame() []byte { return fmt.Appendf(nil, "%d to %d", u.first, u.last) }

// silent is an update that has nothing to say.
type silent struct{}

func (silent) Merge(newer hub.Update) hub.Update { return newer }
func (silent) Frame() []byte                     { return nil }

// big is more than the kernel keeps for a client that does not read.
var big = strings.Repeat("x", 4<<20)

// stall fills the way to a client that does not read: what is sent behind it
// waits in the outbox. The big message itself must not wait there: a client may
// have an earlier message before its writer has returned.
func stall(t *testing.T, s *hub.Socket) {
	testkit.Eventually(t, soon, "the earlier write ends", s.Idle)
	s.Send([]byte(big))
}

func TestUpdatesASocketDoesNotTakeMergeAndNeverOvertakeAMessage(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		s := n.socket("ann")
		stall(t, s)
		for i := range 1000 {
			s.Update(hub.SlotPosition, counting{i, i})
			s.Update(hub.SlotSeats, counting{-i, -i})
		}
		s.Send([]byte("snapshot"))
		for i := 1000; i < 2000; i++ {
			s.Update(hub.SlotSeats, counting{-i, -i})
		}
		c.want(fin|text, big)
		c.want(fin|text, "0 to 999")
		c.want(fin|text, "0 to -999")
		c.want(fin|text, "snapshot")
		c.want(fin|text, "-1000 to -1999")
		s.Update(hub.SlotPosition, silent{})
		s.Update(hub.SlotPosition, counting{7, 7})
		c.want(fin|text, "7 to 7")
	})
}

func TestFramesOfEveryLengthArrive(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{})
		c := n.dial("ann", 1)
		c.want(welcome)
		for _, length := range []int{0, 1, 125, 126, 65535, 65536, 3 << 20} {
			message := strings.Repeat("x", length)
			n.socket("ann").Send([]byte(message))
			if length > 0 { // an empty message is none
				c.want(message)
			}
		}
	})
}

func TestAReaderThatNeverReadsIsCutAndNobodyWaitsForIt(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		const others, messages = 50, 100
		n := start(t, hub.Options{CloseTimeout: 100 * time.Millisecond})
		n.dialRaw("stalled", 1)
		stalled := n.socket("stalled")
		clients := make([]*client, others)
		for i := range clients {
			clients[i] = n.dial(fmt.Sprint("user", i), 1)
			clients[i].want(welcome)
		}
		var reading sync.WaitGroup
		for _, c := range clients {
			reading.Go(func() {
				for i := range messages {
					got, err := c.read()
					if err != nil || got != fmt.Sprint("message ", i) {
						t.Errorf("read %q, %v, want message %d", got, err, i)
						return
					}
				}
			})
		}
		stall(t, stalled)
		slowest := time.Duration(0)
		for i := range messages {
			stalled.Send(make([]byte, 4<<10)) // more than its outbox in the end
			n.hub.Each("demo", func(s *hub.Socket) {
				if s == stalled {
					return
				}
				began := time.Now()
				s.Send(fmt.Append(nil, "message ", i))
				slowest = max(slowest, time.Since(began))
			})
		}
		reading.Wait()
		if slowest > 3*time.Second {
			t.Errorf("sending to one who reads took %v", slowest)
		}
		n.wantClosed("stalled", hub.ReasonTooSlow)
		if got := n.metric("usher_ws_outbox_overflows_total", ""); got != 1 {
			t.Errorf("usher_ws_outbox_overflows_total is %v, want 1", got)
		}
	})
}

func TestAReaderThatWakesUpInTimeLearnsThatItWasTooSlow(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{OutboxBytes: 1 << 10, CloseTimeout: soon})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		s := n.socket("ann")
		stall(t, s)
		for n.metric("usher_ws_outbox_overflows_total", "") == 0 {
			s.Send([]byte("never seen"))
		}
		c.want(fin|text, big)
		first, payload, err := c.read()
		if err != nil || first != fin|text || !strings.HasPrefix(payload, `{"type":"bye","reason":"too_slow","reconnectAfterMs":`) {
			t.Fatalf("after what was on its way came %#x %.100q, %v, want a bye", first, payload, err)
		}
		c.wantClose(hub.CloseTooSlow, "too_slow")
		_ = c.conn.Close()
		n.wantClosed("ann", hub.ReasonTooSlow)
	})
}

func TestWhatIsPendingTooLongIsTooSlowWithoutAnOverflow(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{WriteTimeout: 50 * time.Millisecond, CloseTimeout: 50 * time.Millisecond})
		n.dialRaw("ann", 1)
		stall(t, n.socket("ann"))
		n.wantClosed("ann", hub.ReasonTooSlow)
		if got := n.metric("usher_ws_outbox_overflows_total", ""); got != 0 {
			t.Errorf("usher_ws_outbox_overflows_total is %v, want 0", got)
		}
	})
}

func TestAClientThatPingsAndNeverReadsIsTooSlow(t *testing.T) {
	n := start(t, hub.Options{OutboxBytes: 4 << 10, CloseTimeout: 50 * time.Millisecond, Rate: 1e9, Burst: 1e9})
	c := n.dialRaw("ann", 1)
	stall(t, n.socket("ann"))
	for range 1000 {
		if _, err := c.conn.Write(masked(fin|ping, strings.Repeat("p", 100))); err != nil {
			break // it has been cut
		}
	}
	n.wantClosed("ann", hub.ReasonTooSlow)
}

func TestOneLongMessageReachesAReaderWhateverTheBound(t *testing.T) {
	n := start(t, hub.Options{OutboxBytes: 1 << 10})
	c := n.dial("ann", 1)
	c.want(welcome)
	long := strings.Repeat("x", 1<<20)
	n.socket("ann").Send([]byte(long))
	n.socket("ann").Send([]byte("and a reply"))
	c.want(long, "and a reply")
}

func TestSendersAtOnceLoseNothingAndKeepTheirOwnOrder(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		const senders, each = 8, 300
		n := start(t, hub.Options{OutboxBytes: 1 << 20})
		c := n.dial("ann", 1)
		c.want(welcome)
		s := n.socket("ann")
		var sending sync.WaitGroup
		for sender := range senders {
			sending.Go(func() {
				for i := range each {
					s.Send(fmt.Appendf(nil, "%d %d", sender, i))
				}
			})
		}
		next := map[int]int{}
		for range senders * each {
			message, err := c.read()
			if err != nil {
				t.Fatal(err)
			}
			var sender, i int
			_, _ = fmt.Sscan(message, &sender, &i)
			if next[sender] != i {
				t.Fatalf("sender %d: got %d, want %d", sender, i, next[sender])
			}
			next[sender]++
		}
		sending.Wait()
	})
}

func TestWhatWasQueuedBeforeACloseComesBeforeTheBye(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{CloseTimeout: soon})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		s := n.socket("ann")
		stall(t, s)
		s.Send([]byte("last words"))
		s.Close(hub.CloseLoggedOut, "logged_out")
		s.Send([]byte("too late"))
		c.want(fin|text, big)
		c.want(fin|text, "last words")
		c.want(fin|text, `{"type":"bye","reason":"logged_out","reconnectAfterMs":0}`)
		c.want(fin|closing, "\x0f\xa2logged_out")
		c.wantEnd()
		_ = c.conn.Close()
		n.wantClosed("ann", "logged_out")
		testkit.Eventually(t, soon, "the close is counted", func() bool { return n.metric("usher_ws_closes_total", "logged_out") == 1 })
	})
}

func TestWhatIsSentInABatchLeavesTogetherAndAClosePendingToo(t *testing.T) {
	n := start(t, hub.Options{})
	c := n.dial("ann", 1)
	c.want(welcome)
	s := n.socket("ann")
	s.Batch(func() {
		for i := range 10 {
			s.Update(hub.SlotPosition, counting{i, i})
		}
		s.Send([]byte("a reply"))
		s.Batch(func() { s.Send([]byte("within")) })
		s.Close(hub.CloseLoggedOut, "logged_out")
		s.Send([]byte("too late"))
	})
	c.want("0 to 9", "a reply", "within")
	c.wantBye(hub.CloseLoggedOut, "logged_out")
	n.wantClosed("ann", "logged_out")
	s.Batch(func() { s.Send([]byte("to an ended socket")) })
}

// broken is an update with a bug.
type broken struct{ inMerge bool }

func (u broken) Merge(hub.Update) hub.Update { panic("a bug in Merge") }

func (u broken) Frame() []byte {
	if u.inMerge {
		return []byte("never merged")
	}
	panic("a bug in Frame")
}

func TestABrokenUpdateIsDroppedAndTheSocketGoesOn(t *testing.T) {
	n := start(t, hub.Options{})
	c := n.dialRaw("ann", 1)
	c.want(fin|text, welcome)
	s := n.socket("ann")
	s.Update(hub.SlotPosition, broken{})
	stall(t, s)
	s.Update(hub.SlotPosition, broken{})
	s.Update(hub.SlotSeats, broken{inMerge: true})
	s.Update(hub.SlotSeats, counting{1, 2})
	c.want(fin|text, big)
	c.want(fin|text, "1 to 2")
	s.Send([]byte("still here"))
	c.want(fin|text, "still here")
}

func TestSlowReadersShareALongMessage(t *testing.T) {
	const readers = 50
	n := start(t, hub.Options{})
	message := []byte(big)
	for i := range readers {
		n.dialRaw(fmt.Sprint("user", i), 1)
		n.socket(fmt.Sprint("user", i))
	}
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	n.hub.Each("demo", func(s *hub.Socket) { s.Send(message) })
	if after := used(); after > before+uint64(len(big)) {
		t.Errorf("%d sockets that do not read hold %d MiB for one message", readers, (after-before)>>20)
	}
}

func TestABatchLongerThanTheOutboxReachesAReader(t *testing.T) {
	n := start(t, hub.Options{OutboxBytes: 1 << 10})
	c := n.dial("ann", 1)
	c.want(welcome)
	message := strings.Repeat("x", 1<<10)
	s := n.socket("ann")
	s.Batch(func() {
		for range 5 {
			s.Send([]byte(message))
		}
		s.Update(hub.SlotPosition, counting{1, 1})
	})
	c.want(message, message, message, message, message, "1 to 1")
}

func TestALongMessageThatWaitsLeavesRoomForWhatFollows(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{})
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		s := n.socket("ann")
		stall(t, s)
		s.Send([]byte(big))
		s.Send([]byte("a reply"))
		c.want(fin|text, big)
		c.want(fin|text, big)
		c.want(fin|text, "a reply")
	})
}
