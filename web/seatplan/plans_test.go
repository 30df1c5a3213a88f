package seatplan

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"testing"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/wire"
)

// readers of the columns do what this does.
func seatsOf(p wire.SeatPlan) []seatmap.Seat {
	runs := func(column []int) (all []int) {
		for i := 0; i < len(column); i += 2 {
			for range column[i+1] {
				all = append(all, column[i])
			}
		}
		return all
	}
	area := make([]int, p.Count)
	if p.Area != nil {
		area = runs(p.Area)
	}
	category, price, section, row, prefix := runs(p.Category), runs(p.Price), runs(p.Section), runs(p.Row), runs(p.Prefix)
	var number, x, y int
	seats := make([]seatmap.Seat, p.Count)
	for i := range seats {
		number, x, y = number+p.Number[i], x+p.X[i], y+p.Y[i]
		name := p.Prefixes[prefix[i]]
		if number >= 0 {
			name += strconv.Itoa(number)
		}
		seats[i] = seatmap.Seat{
			Number: name, Category: seatmap.Category(p.Categories[category[i]]), Price: p.Prices[price[i]],
			Section: p.Sections[section[i]], Row: p.Rows[row[i]], X: float64(x) / thousandths, Y: float64(y) / thousandths,
		}
		if area[i] > 0 {
			seats[i].AreaLen = uint8(len(p.Areas[area[i]-1]))
		}
	}
	return seats
}

func TestColumnsHaveEverySeatAsItIs(t *testing.T) {
	t.Parallel()
	seats := []seatmap.Seat{
		{Number: "A-1", Category: "VIP", Price: 4500, Section: "Stalls", Row: "A", X: 0, Y: 0},
		{Number: "A-2", Category: "VIP", Price: 4500, Section: "Stalls", Row: "A", X: 1, Y: 0.125},
		{Number: "A-007", Category: "Regular", Price: 0, Section: "", Row: "", X: -3.5, Y: 12.25},
		{Number: "Box", Category: "Regular", Price: 1},
		{Number: "0", Category: "Regular"},
		{Number: "00", Category: "Regular"},
		{Number: "12345678901234567890", Category: "Regular"},
		{Number: "Ü9", Category: "Regular"},
		{Number: "", Category: "Regular"},
		{Number: "Standing-0001", Category: "Regular", AreaLen: uint8(len("Standing"))},
		{Number: "Pit 2-0001", Category: "Regular", AreaLen: uint8(len("Pit 2"))},
		{Number: "Pit 2-0002", Category: "Regular", AreaLen: uint8(len("Pit 2"))},
		{Number: "Z-9", Category: "Regular"},
	}
	got := seatsOf(columnsOf(seatmap.New("s", 3, append([]seatmap.Seat{}, seats...))))
	for i, want := range seats {
		if got[i] != want {
			t.Errorf("seat %d is %+v, want %+v", i, got[i], want)
		}
	}
}

// stadium is a round house: 50 sections of 40 bent rows of 25 seats.
func stadium() []seatmap.Seat {
	round := func(v float64) float64 { return math.Round(v*100) / 100 }
	var seats []seatmap.Seat
	for s := range 50 {
		for r := range 40 {
			for n := range 25 {
				angle := (float64(s) + (float64(n)+0.5)/27) / 50 * 2 * math.Pi
				radius := 200 + 1.2*float64(r)
				seat := seatmap.Seat{
					Number: fmt.Sprintf("S%d-%d-%d", s+1, r+1, n+1), Category: "Regular", Price: 4500 + 500*int64(r/10),
					Section: fmt.Sprintf("Section %d", s+1), Row: strconv.Itoa(r + 1),
					X: round(radius * math.Cos(angle)), Y: round(radius * math.Sin(angle)),
				}
				if r < 5 {
					seat.Category = "VIP"
				}
				seats = append(seats, seat)
			}
		}
	}
	return seats
}

func get(t *testing.T, p *Plans, plan *seatmap.Plan, hash string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	w := httptest.NewRecorder()
	err := p.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), plan, hash)
	return w, err
}

func TestAStadiumOfFiftyThousandTakesLessThanAQuarterOfAMegabyte(t *testing.T) {
	t.Parallel()
	plan := seatmap.New("s", 1, stadium())
	p := New(func(*http.Request) bool { return true })
	about, err := p.Of(plan)
	if err != nil {
		t.Fatal(err)
	}
	w, err := get(t, p, plan, path.Base(about.URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d seats in bent rows: %d kB compressed, %d kB plain", about.Seats, w.Body.Len()/1000, len(p.last["s"].plain)/1000)
	if w.Body.Len() > 250_000 {
		t.Errorf("%d bytes compressed, want 250,000 at most", w.Body.Len())
	}
	if got := w.Header().Get("Cache-Control"); got != permanent {
		t.Errorf("Cache-Control is %q", got)
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var columns wire.SeatPlan
	if err := json.Unmarshal(text, &columns); err != nil {
		t.Fatal(err)
	}
	got := seatsOf(columns)
	for range 1000 {
		i := rand.IntN(len(got))
		want := plan.Seats[i]
		want.ID, want.Index = "", 0
		if got[i] != want {
			t.Fatalf("seat %d is %+v, want %+v", i, got[i], want)
		}
	}
}

func TestAnotherPlanHasAnotherAddress(t *testing.T) {
	t.Parallel()
	p := New(func(*http.Request) bool { return false })
	seats := func(price int64) []seatmap.Seat {
		return []seatmap.Seat{{Number: "A-1", Category: "VIP", Price: price}}
	}
	one, two := seatmap.New("s", 1, seats(1)), seatmap.New("s", 2, seats(2))
	first, err := p.Of(one)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Of(two)
	if err != nil {
		t.Fatal(err)
	}
	if first.URL == second.URL {
		t.Fatal("two plans have one address")
	}
	if _, err := get(t, p, two, path.Base(first.URL)); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the address of the plan before answers %v", err)
	}
	if _, err := get(t, p, nil, path.Base(first.URL)); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a season without a plan answers %v", err)
	}
	if none, err := p.Of(seatmap.New("s", 0, nil)); none != nil || err != nil {
		t.Errorf("a plan without seats is at %v, %v", none, err)
	}
}
