package seatplan

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"usher/booking/seatmap"
)

// heapOf returns how many bytes of the heap a value keeps.
func heapOf(make func() any) int64 {
	size := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what finalizers have freed
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := size()
	kept := make()
	after := size()
	runtime.KeepAlive(kept)
	return after - before
}

// TestStandingPlacesCostNoMoreMemoryThanSeats compares what a node keeps of a plan: the
// plan as read from the store, a snapshot with its counts, and the encoded columns.
func TestStandingPlacesCostNoMoreMemoryThanSeats(t *testing.T) {
	const places = 20_000
	standing, err := seatmap.Read(strings.NewReader("seatNumber,category,price,area,capacity\n,Floor,3000,Standing,20000\n"), "EUR")
	if err != nil || len(standing) != places {
		t.Fatal(len(standing), err)
	}
	kept := func(seats []seatmap.Seat) int64 {
		return heapOf(func() any {
			own := append([]seatmap.Seat{}, seats...)
			for i := range own { // as the store gives them: every text by itself
				own[i].Number, own[i].ID = strings.Clone(own[i].Number), ""
				own[i].Section, own[i].Row = strings.Clone(own[i].Section), strings.Clone(own[i].Row)
			}
			plan := seatmap.New("s", 1, own)
			snapshot := seatmap.NewSnapshot(plan, 1, seatmap.Bitmaps{Held: strings.Repeat("\x10", places/8)})
			snapshot.Counts()
			snapshot.AreaStocks()
			plans := New(func(*http.Request) bool { return true })
			if _, err := plans.Of(plan); err != nil {
				t.Error(err)
			}
			return []any{snapshot, plans}
		})
	}
	numbered := stadium()
	bySeats, byPlaces := kept(numbered[:places]), kept(standing)
	runtime.KeepAlive(numbered)
	runtime.KeepAlive(standing)
	t.Logf("20,000 seats: %d kB, 20,000 standing places: %d kB", bySeats/1000, byPlaces/1000)
	if byPlaces > bySeats {
		t.Errorf("20,000 standing places keep %d kB on the heap, 20,000 seats %d kB", byPlaces/1000, bySeats/1000)
	}
}
