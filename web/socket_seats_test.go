package web

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"usher/booking"
	"usher/queue"
)

func TestChangesReachWatchersThatLackThem(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.Active), nil)
	change := func(version int64, seat, status string) {
		p.s.BookingEvents([]booking.Event{{
			Kind: booking.SeatsChanged, Season: "demo",
			Delta: &booking.SeatDelta{Version: version, Seats: map[string]string{seat: status}},
		}})
	}
	change(21, "A-1", "booked")
	p.s.broadcastSeatsOnce()
	p.wants() // the client has not requested seats

	p.watch()
	p.begin(aboutSeats)
	change(20, "A-1", "inTransaction")
	p.s.broadcastSeatsOnce()
	change(22, "A-2", "booked")
	p.s.broadcastSeatsOnce()
	p.answer(aboutSeats, func() { p.client.seats = 21 })
	p.wants("changes 22 map[A-2:booked]")

	change(23, "A-3", "inTransaction")
	change(24, "A-3", "available")
	change(24, "B-1", "booked")
	p.s.broadcastSeatsOnce()
	p.wants("changes 24 map[A-3:available B-1:booked]")

	p.s.QueueEvents(lineEvent(queue.Lapsed, at(11, queue.None)))
	change(25, "A-3", "booked")
	p.s.broadcastSeatsOnce()
	p.wants("lapsed idle")
	if len(p.s.live.watching("demo")) != 0 {
		t.Error("a lapsed fan still watches the seats")
	}
}

func TestMergedChangesEqualTheSingleOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.MapOfN(rapid.SampledFrom([]string{"A-1", "A-2", "B-1"}), rapid.SampledFrom([]string{"available", "booked"}), 1, 3), 1, 6).Draw(t, "steps")
		want := map[string]string{}
		var merged *seatsUpdate
		for i, seats := range steps {
			maps.Copy(want, seats)
			u := &seatsUpdate{version: int64(i + 1), seats: maps.Clone(seats)}
			if merged == nil {
				merged = u
				continue
			}
			before := maps.Clone(merged.seats)
			next := merged.Merge(u).(*seatsUpdate)
			if !maps.Equal(before, merged.seats) || !maps.Equal(seats, u.seats) {
				t.Fatal("merging changed a shared map")
			}
			merged = next
		}
		if !maps.Equal(merged.seats, want) || merged.version != int64(len(steps)) {
			t.Fatalf("merged to %v at %d, want %v", merged.seats, merged.version, want)
		}
	})
}

func TestAnUpdateForManyIsEncodedOnce(t *testing.T) {
	t.Parallel()
	u := &seatsUpdate{version: 1, seats: map[string]string{"A-1": "booked"}}
	if first, second := u.Frame(), u.Frame(); &first[0] != &second[0] {
		t.Error("the frame was encoded twice")
	}
}
