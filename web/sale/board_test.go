package sale

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/booking"
	"usher/booking/seatmap"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is what a Board reads, and what it told.
type world struct {
	mu       sync.Mutex
	season   booking.Season
	snapshot *booking.Snapshot // nil: not read yet
	told     []told
}

type told struct {
	at   time.Duration // since the start
	sale wire.Sale
}

// snapshotOf is a house of two seats, of which some are held.
func snapshotOf(version int64, held string) *booking.Snapshot {
	plan := seatmap.New("demo", 1, []booking.Seat{{Number: "A", Category: "VIP", Price: 900}, {Number: "B", Category: "VIP", Price: 500}})
	return seatmap.NewSnapshot(plan, version, seatmap.Bitmaps{Held: held})
}

// play runs a Board on a simulated clock.
func play(t *testing.T, script func(t *testing.T, w *world, b *Board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{season: booking.Season{Settings: booking.DefaultSettings("demo"), Revision: 1}}
		began := time.Now()
		var b *Board
		b = New(Options{
			Seasons: func(context.Context) ([]booking.Season, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				return []booking.Season{w.season}, nil
			},
			Snapshot: func(context.Context, string) (*booking.Snapshot, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if w.snapshot == nil {
					return nil, fault.New(fault.Unavailable, "not read yet")
				}
				return w.snapshot, nil
			},
			Tell: func(season string, message *hub.Shared) {
				parsed, err := wire.Parse(message.Frame())
				if err != nil {
					t.Error(err)
					return
				}
				sale := parsed.(wire.SaleMessage).Sale
				// A socket that registers now must find what it misses.
				if kept := b.Told(season).Sale; kept == nil || kept.Version != sale.Version {
					t.Errorf("version %d is told, and Told has %+v", sale.Version, kept)
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				w.told = append(w.told, told{time.Since(began), sale})
			},
			Logger: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		script(t, w, b)
		stop()
		<-done
	})
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.told)
}

func TestChangesAreMergedAndToldOnceASecond(t *testing.T) {
	play(t, func(t *testing.T, w *world, b *Board) {
		w.set(func() { w.snapshot = snapshotOf(1, "") })
		b.Wake()
		synctest.Wait()
		if w.count() != 1 {
			t.Fatalf("the first state was told %d times", w.count())
		}
		for i := range 100 { // ten seconds
			w.set(func() { w.snapshot = snapshotOf(int64(2+i), []string{"", "\x80"}[i%2]) })
			b.Wake()
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		w.mu.Lock()
		defer w.mu.Unlock()
		for i := 1; i < len(w.told); i++ {
			if gap := w.told[i].at - w.told[i-1].at; gap < time.Second {
				t.Errorf("told after %v", gap)
			}
			if w.told[i].sale.Version <= w.told[i-1].sale.Version {
				t.Errorf("version %d after %d", w.told[i].sale.Version, w.told[i-1].sale.Version)
			}
		}
		if last := w.told[len(w.told)-1].sale; last.Held != 1 || last.Available != 1 {
			t.Errorf("the last state is %+v", last)
		}
	})
}

func TestAChangeIsToldWithinASecondEvenUnannounced(t *testing.T) {
	play(t, func(t *testing.T, w *world, _ *Board) {
		w.set(func() { w.snapshot = snapshotOf(1, "") })
		time.Sleep(5 * time.Second)
		if w.count() != 1 {
			t.Fatalf("a state that stays was told %d times", w.count())
		}
		w.set(func() { w.season.Notice, w.season.Revision = "Hello", 2 })
		time.Sleep(pace)
		synctest.Wait()
		if w.count() != 2 || *w.told[1].sale.Notice != "Hello" {
			t.Fatalf("told are %+v", w.told)
		}
		// A change of something that is not public raises the version alone.
		w.set(func() { w.season.MaxSeats, w.season.Revision = 1, 3 })
		time.Sleep(3 * time.Second)
		if w.count() != 2 {
			t.Errorf("a private change was told: %+v", w.told)
		}
	})
}

func TestASaleSaysWhatTheOrganizerAndTheSeatsSay(t *testing.T) {
	opens := time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)
	season := booking.Season{Settings: booking.DefaultSettings("demo"), Revision: 5}
	season.Paused, season.PauseReason, season.Notice, season.OpensAt = true, "a fire alarm", "Doors open late", &opens
	snapshot := snapshotOf(1<<32, "\xC0")
	snapshot.Plan.Currency = "JPY"
	sale := New(Options{}).Of(season, snapshot)
	text := string(wire.Encode(wire.SaleMessage{Sale: *sale}))
	want := `{"type":"sale","sale":{"paused":true,"pauseReason":"a fire alarm","opensAt":"2027-03-01T10:00:00.000Z","closesAt":null,"notice":"Doors open late",` +
		`"stock":"held","available":0,"held":2,"total":2,"currency":"JPY","categories":[{"category":"VIP","available":0,"held":2,"total":2,"from":500,"to":900,"types":[]}],"version":4294967301}}`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestANewSocketEndsWithTheNewestState: the board tells everyone a change between the
// moment at which a new socket looks for what it missed and the message about it.
func TestANewSocketEndsWithTheNewestState(t *testing.T) {
	b := New(Options{Tell: func(string, *hub.Shared) {}})
	season := booking.Season{Settings: booking.DefaultSettings("demo"), Revision: 1}
	state := func(version int64) *wire.Sale { return b.Of(season, snapshotOf(version, "")) }
	var got []*hub.Shared
	send := func(m *hub.Shared) {
		if len(got) == 0 {
			b.tell("demo", state(3))
			got = append(got, b.Told("demo").Message) // the socket is among those who are told
		}
		got = append(got, m)
	}
	b.CatchUp("demo", nil, send)
	if len(got) != 0 {
		t.Fatalf("%d messages before anything was told", len(got))
	}
	b.tell("demo", state(2))
	b.CatchUp("demo", state(2), send)
	if len(got) != 0 {
		t.Fatalf("%d messages to a socket that has the state", len(got))
	}
	b.CatchUp("demo", state(1), send)
	if len(got) != 3 || got[2] != b.Told("demo").Message {
		t.Errorf("the last of %d messages is %s, want %s", len(got), got[len(got)-1].Frame(), b.Told("demo").Message.Frame())
	}
	got = got[:0]
	b.CatchUp("demo", nil, func(m *hub.Shared) { got = append(got, m) })
	if len(got) != 1 || got[0] != b.Told("demo").Message {
		t.Errorf("a socket without a state was sent %d messages, want the newest", len(got))
	}
}

// TestTheLineIsCounted: each change of a short line is told once a second, a change of a
// long one when it is a hundredth and five seconds have passed.
func TestTheLineIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		waiting, told := 1, []string{}
		b := New(Options{
			Seasons: func(context.Context) ([]booking.Season, error) {
				return []booking.Season{{Settings: booking.DefaultSettings("demo"), Revision: 1}}, nil
			},
			Waiting: func(context.Context, string) (int, bool, error) {
				mu.Lock()
				defer mu.Unlock()
				if waiting == -1 {
					return 0, false, fault.New(fault.Unavailable, "away")
				}
				return waiting, waiting >= 0, nil
			},
			TellWaiting: func(season string, message *hub.Shared) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, season+" "+string(message.Frame()))
			},
			Logger: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.RunWaiting(ctx) }()
		time.Sleep(pace / 2) // a change lies between two looks
		for _, step := range []struct {
			waiting int
			stays   time.Duration
		}{
			{1, pace},
			{1, pace},
			{40, pace},
			{-1, pace},
			{39, pace},
			{5000, pace},
			{5020, longPace},
			{4990, pace},
			{5051, pace},
			{5100, longPace},
			{100, pace},
			{-2, pace},
			{100, pace},
		} {
			mu.Lock()
			waiting = step.waiting
			mu.Unlock()
			time.Sleep(step.stays)
		}
		stop()
		<-done
		var want []string
		for _, n := range []string{"1", "40", "39", "5000", "5051", "100", "100"} {
			want = append(want, `demo {"type":"waiting","waiting":`+n+`}`)
		}
		if !slices.Equal(told, want) {
			t.Errorf("told\n%q, want\n%q", told, want)
		}
	})
}
