package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
)

// filters are all filters of a season.
func filters() (all []seatFilter) {
	for _, category := range []string{"", "VIP", "Regular"} {
		for _, status := range []string{"", booking.Available, booking.Unavailable, booking.InTransaction, booking.Booked} {
			all = append(all, seatFilter{"demo", category, status})
		}
	}
	return all
}

// wholePage is the expected page, encoded in one piece.
func wholePage(t *testing.T, filter seatFilter, s *booking.Snapshot) []byte {
	t.Helper()
	list := wire.Seats{Season: filter.season, Version: s.Version, Seats: []wire.Seat{}, Areas: []wire.Area{}, Count: len(s.Plan.Seats)}
	for i, seat := range s.Plan.Seats {
		status := s.Status(i)
		if (filter.category == "" || filter.category == string(seat.Category)) && (filter.status == "" || filter.status == status) {
			list.Seats = append(list.Seats, toSeat(seat, status))
		}
	}
	text, err := json.Marshal(list)
	must(t, err)
	return text
}

// answered returns the bytes that a client of a page gets, decompressed.
func answered(t *testing.T, page *seatPage, packed bool) []byte {
	t.Helper()
	r, w := httptest.NewRequest("GET", "/seats", nil), httptest.NewRecorder()
	if packed {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	page.write(w, r)
	text := w.Body.Bytes()
	if got := w.Header().Get("Content-Length"); got != fmt.Sprint(len(text)) {
		t.Errorf("the body has %d bytes, Content-Length says %s", len(text), got)
	}
	if packed {
		z, err := gzip.NewReader(bytes.NewReader(text)) // checks the sum and the length
		must(t, err)
		z.Multistream(false) // browsers read one member
		text, err = io.ReadAll(z)
		must(t, err)
	}
	return text
}

// TestPagesEqualAPageWrittenWhole: pages of successive snapshots share blocks. After
// any change, each page equals one that is encoded in one piece.
func TestPagesEqualAPageWrittenWhole(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	pages := newSeatPages()
	const seats = 3*blockSeats + 17
	state := make([]int, seats)
	var plan *booking.Plan
	for version := range int64(12) {
		var sets [3][]int
		for range []int{0, 1, 3, 900}[version%4] {
			state[chance.IntN(seats)] = chance.IntN(4)
		}
		if version == 9 {
			for i := range state {
				state[i] = 3 // a filter's page has no seats
			}
		}
		for i, is := range state {
			if is > 0 {
				sets[is-1] = append(sets[is-1], i)
			}
		}
		snapshot := snapshotOf(version+1, seats, sets[0], sets[1], sets[2])
		if plan == nil || version == 6 { // version 6 has a new plan
			plan = snapshot.Plan
			for i := range plan.Seats {
				if (i+int(version))%3 == 0 {
					plan.Seats[i].Category = "VIP"
				}
			}
		}
		snapshot.Plan = plan
		for _, filter := range filters() {
			pages.rest, pages.resting = time.Time{}, time.Time{}
			page, err := pages.at(t.Context(), filter, snapshot)
			must(t, err)
			want := wholePage(t, filter, snapshot)
			for _, packed := range []bool{false, true} {
				if got := answered(t, page, packed); !bytes.Equal(got, want) {
					t.Fatalf("version %d, %v, compressed %v: got %d bytes\n%.300s\nwant %d\n%.300s", version, filter, packed, len(got), got, len(want), want)
				}
			}
			elsewhere, err := newSeatPages().at(t.Context(), filter, snapshot)
			must(t, err)
			if elsewhere.tag != page.tag {
				t.Errorf("version %d, %v: two nodes with the same seats give them different tags", version, filter)
			}
			pages.done(page)
		}
	}
	if pages.old != 0 || len(pages.read) != 0 {
		t.Errorf("without a reader, %d bytes and %d pages are kept", pages.old, len(pages.read))
	}
}

// TestAChangeCostsABlock: when one seat changes, one block under each filter is
// encoded, not the whole plan.
func TestAChangeCostsABlock(t *testing.T) {
	t.Parallel()
	pages := newSeatPages()
	const seats = 40 * blockSeats
	first := snapshotOf(1, seats, nil, nil, nil)
	read := func(s *booking.Snapshot) (packed int64) {
		before := pages.encoded.Load()
		for _, filter := range filters() {
			pages.rest, pages.resting = time.Time{}, time.Time{}
			page, err := pages.at(t.Context(), filter, s)
			must(t, err)
			pages.done(page)
		}
		return pages.encoded.Load() - before
	}
	if n := read(first); n < 40*15 {
		t.Errorf("the first pages took %d blocks", n)
	}
	if n := read(first); n != 0 {
		t.Errorf("a repeated request encoded %d blocks", n)
	}
	for version := int64(2); version < 10; version++ {
		var held []int
		if version%2 == 0 {
			held = []int{3000}
		}
		next := snapshotOf(version, seats, nil, held, nil)
		next.Plan = first.Plan
		// The beginning, the end and the seat's block; and the blocks behind it, where
		// the seat is the first one of a filter.
		if n := read(next); n > 15*4+40*2 {
			t.Errorf("one changed seat took %d blocks", n)
		}
	}
}

// TestPagesRest: the pause after a page counts for the pages of all filters. A page
// that lacks a change of this node is never returned.
func TestPagesRest(t *testing.T) {
	t.Parallel()
	pages := newSeatPages()
	all, free := seatFilter{season: "demo"}, seatFilter{season: "demo", status: booking.Available}
	at := func(filter seatFilter, s *booking.Snapshot) *seatPage {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		stop() // so that a call that would wait fails
		for range 2 {
			page, err := pages.at(ctx, filter, s)
			if err == nil {
				pages.done(page)
				return page
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		return nil
	}
	restUntil := func(until time.Time) { pages.rest, pages.resting = until, until }
	first := snapshotOf(1, 3, nil, nil, nil)
	page, err := pages.at(t.Context(), all, first)
	must(t, err)
	pages.done(page)
	if !pages.rest.After(page.made) {
		t.Error("after a page is made, there is no rest")
	}
	restUntil(time.Now().Add(time.Hour))
	second := snapshotOf(2, 3, []int{0}, nil, nil)
	if got := at(all, second); got != page {
		t.Errorf("during the rest, the last page is not returned: %v", got)
	}
	if got := at(free, first); got != nil {
		t.Error("a page of another filter was made during the rest")
	}
	own := snapshotOf(3, 3, []int{0, 1}, nil, nil)
	own.Acts = 1
	if got := at(all, own); got != nil {
		t.Error("the page lacks a change of this node")
	}
	restUntil(time.Time{})
	page, err = pages.at(t.Context(), all, own)
	must(t, err)
	pages.done(page)
	if page.snapshot != own {
		t.Error("after the rest the page is still an old one")
	}
	if got := at(all, second); got != page {
		t.Error("an older snapshot made an older page")
	}
}

// TestOldPagesAreBounded: replaced pages stay in memory while slow clients read them,
// up to a bound. Beyond the bound new pages are refused, and the slowest readers are
// cut.
func TestOldPagesAreBounded(t *testing.T) {
	t.Parallel()
	pages := newSeatPages()
	all := seatFilter{season: "demo"}
	const seats = 20 * blockSeats
	var reading []*seatPage
	plan := snapshotOf(1, seats, nil, nil, nil).Plan
	for version := int64(1); version <= 30; version++ {
		s := snapshotOf(version, seats, []int{int(version) * 100}, nil, nil)
		s.Plan = plan
		pages.rest, pages.resting = time.Time{}, time.Time{}
		page, err := pages.at(t.Context(), all, s)
		must(t, err)
		reading = append(reading, page)
	}
	if whole := reading[0].size; pages.old > 4*whole {
		t.Errorf("thirty readers keep %d bytes, each page is %d", pages.old, whole)
	}
	pages.old += mostOld
	reading[0].made = time.Now().Add(-time.Hour)
	s := snapshotOf(31, seats, nil, nil, nil)
	pages.rest, pages.resting = time.Time{}, time.Time{}
	if _, err := pages.at(t.Context(), all, s); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("over the bound: %v", err)
	}
	if page, err := pages.at(t.Context(), all, reading[29].snapshot); err != nil {
		t.Errorf("over the bound, the current page was refused: %v", err)
	} else {
		pages.done(page)
	}
	if !reading[0].cut.Load() || reading[1].cut.Load() {
		t.Error("the slowest reader was not cut, or a fast one was")
	}
	if _, err := (&pageReader{page: reading[0], parts: reading[0].parts(true)}).Read(make([]byte, 10)); err == nil {
		t.Error("a cut page can still be read")
	}
	pages.old -= mostOld
	for _, page := range reading {
		pages.done(page)
	}
	if pages.old != 0 || len(pages.read) != 0 {
		t.Errorf("without a reader, %d bytes and %d pages are kept", pages.old, len(pages.read))
	}
}

// TestEachPieceOfAnAnswerHasADeadline: a large answer is written in pieces, each
// under its own deadline.
func TestEachPieceOfAnAnswerHasADeadline(t *testing.T) {
	t.Parallel()
	below := &deadlines{ResponseWriter: httptest.NewRecorder()}
	text := bytes.Repeat([]byte("x"), 3*pieceSize+1)
	if n, err := (&answer{ResponseWriter: below}).Write(text); n != len(text) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if below.set != 4 || below.most > pieceSize {
		t.Errorf("%d deadlines, the longest piece is %d", below.set, below.most)
	}
	if n, err := (&answer{ResponseWriter: below}).Write(nil); n != 0 || err != nil {
		t.Errorf("writing nothing: %d, %v", n, err)
	}
	// The same on a real connection, which then serves the next request.
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = (&answer{ResponseWriter: w}).Write(text)
	}))
	server.Start()
	t.Cleanup(server.Close)
	for range 2 {
		got, err := http.Get(server.URL)
		must(t, err)
		all, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil || !bytes.Equal(all, text) {
			t.Errorf("%d bytes, %v", len(all), err)
		}
	}
}

// deadlines counts the deadlines of a writer and the bytes written under one.
type deadlines struct {
	http.ResponseWriter
	set, most int
}

func (d *deadlines) SetWriteDeadline(time.Time) error { d.set++; return nil }

func (d *deadlines) Write(text []byte) (int, error) {
	d.most = max(d.most, len(text))
	return d.ResponseWriter.Write(text)
}
