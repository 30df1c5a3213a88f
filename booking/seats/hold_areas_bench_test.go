package seats

import (
	"fmt"
	"testing"
	"time"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

// BenchmarkHoldOfFourPlaces measures a hold of four places of an area with 20,000, beside a
// hold of four of 20,000 numbered seats of the same plan. Both take turns; ratio is the
// time of the seats divided by the time of the places.
func BenchmarkHoldOfFourPlaces(b *testing.B) {
	const half = 20_000
	h := emptyHall(b, testkit.RealRedis(b), Settings{MaxSeats: 20})
	seats := make([]seatmap.Seat, half)
	for i := range seats {
		seats[i] = seatmap.Seat{Number: fmt.Sprintf("%d-%d", i/50, i%50), Category: "Regular", Price: 2500, Row: fmt.Sprint(i / 50)}
	}
	h.importPlan(append(seats, planWith(b, fmt.Sprintf(",Floor,3000,Standing,%d", half))...))
	h.open(1)
	h.admit(time.Hour, "fan")
	want := []AreaCount{{Area: "Standing", Count: 4}}
	var byPlaces, bySeats time.Duration
	at, holds := 0, 0
	for b.Loop() {
		began := time.Now()
		_, err := h.HoldAreas(h.ctx, h.season, "fan", nil, nil, want)
		byPlaces += time.Since(began)
		b.StopTimer()
		h.mustRelease("fan")
		named := make([]string, 4)
		for i := range named {
			named[i] = seats[(at+i)%half].Number
		}
		at += 4
		began = time.Now()
		if err == nil {
			_, err = h.Hold(h.ctx, h.season, "fan", named)
		}
		bySeats += time.Since(began)
		if err != nil {
			b.Fatal(err)
		}
		h.mustRelease("fan")
		holds++
		b.StartTimer()
	}
	b.ReportMetric(float64(byPlaces.Microseconds())/float64(holds)/1000, "places-ms")
	b.ReportMetric(float64(bySeats.Microseconds())/float64(holds)/1000, "seats-ms")
	ratio := bySeats.Seconds() / byPlaces.Seconds()
	b.ReportMetric(ratio, "ratio")
	testkit.AtLeast(b, "places-by-seats", ratio, 0.5)
}
