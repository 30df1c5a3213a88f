package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
)

// seatFilter narrows a list of seats; empty fields narrow nothing.
type seatFilter struct{ season, category, status string }

// seatPages keeps each list of seats as it was last answered, encoded and
// compressed once for everybody who asks. There are at most fifteen a season.
type seatPages struct {
	mu    sync.Mutex
	pages map[seatFilter]*seatPage
}

// seatPage is one list of seats at one snapshot, made by the first who asks.
type seatPage struct {
	snapshot *booking.Snapshot
	until    atomic.Int64 // Unix nanoseconds; till then a newer snapshot is not worth a new page
	once     sync.Once
	plain    []byte
	zipped   []byte
	tag      string // weak, for plain and zipped are one thing in two forms
	err      error
}

// pageRest is how long a page rests for what it took to make: a house of 50,000
// seats in a rush, asked for by everybody, costs at most a fifth of a core. A page
// that lacks a change made on this node does not rest: who made it reads it.
const pageRest = 4

// at returns the page of a snapshot, a new one unless the last one will do.
func (p *seatPages) at(filter seatFilter, snapshot *booking.Snapshot) *seatPage {
	p.mu.Lock()
	defer p.mu.Unlock()
	page := p.pages[filter]
	if page != nil && (page.snapshot == snapshot || page.snapshot.Acts == snapshot.Acts && time.Now().UnixNano() < page.until.Load()) {
		return page
	}
	page = &seatPage{snapshot: snapshot}
	if p.pages == nil {
		p.pages = map[seatFilter]*seatPage{}
	}
	p.pages[filter] = page
	return page
}

func (p *seatPage) fill(filter seatFilter) error {
	p.once.Do(func() {
		began := time.Now()
		defer func() { p.until.Store(time.Now().Add(pageRest * time.Since(began)).UnixNano()) }()
		list := wire.Seats{Season: filter.season, Version: p.snapshot.Version, Seats: []wire.Seat{}}
		for i, seat := range p.snapshot.Plan.Seats {
			status := p.snapshot.Status(i)
			if (filter.category == "" || filter.category == string(seat.Category)) && (filter.status == "" || filter.status == status) {
				list.Seats = append(list.Seats, toSeat(seat, status))
			}
		}
		if p.plain, p.err = json.Marshal(list); p.err != nil {
			return
		}
		// The tag comes from the content: versions may begin again when Redis has
		// lost everything, and nodes must agree.
		sum := sha256.Sum256(p.plain)
		p.tag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		var zipped bytes.Buffer
		z, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
		if err != nil {
			p.err = err
			return
		}
		_, _ = z.Write(p.plain) // a bytes.Buffer takes everything
		p.err = z.Close()
		p.zipped = zipped.Bytes()
	})
	return p.err
}

// getSeats answers from memory: which seats there are and how each stands.
func (s *Server) getSeats(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	filter := seatFilter{season: season.ID, category: query.Get("category"), status: query.Get("status")}
	if err := filter.check(); err != nil {
		return err
	}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	page := s.seats.at(filter, snapshot)
	if err := page.fill(filter); err != nil {
		return err
	}
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("ETag", page.tag)
	h.Set("Cache-Control", "no-cache") // keep it, but ask each time: a 304 costs next to nothing
	if matches(r.Header.Values("If-None-Match"), page.tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	text := page.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		text = page.zipped
	}
	_, _ = w.Write(text)
	return nil
}

func (f seatFilter) check() error {
	switch f.category {
	case "", string(booking.VIP), string(booking.Regular):
	default:
		return fault.New(fault.InvalidRequest, "category must be VIP or Regular")
	}
	switch f.status {
	case "", booking.Available, booking.Unavailable, booking.InTransaction, booking.Booked:
		return nil
	}
	return fault.New(fault.InvalidRequest, "status must be available, unavailable, inTransaction or booked")
}

func (s *Server) getSeat(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	if i, ok := snapshot.Plan.ByName[pathValue(r, "seatNumber")]; ok {
		return answerJSON(w, http.StatusOK, toSeat(snapshot.Plan.Seats[i], snapshot.Status(i)))
	}
	return fault.New(fault.NotFound, "there is no such seat")
}

// matches reports whether If-None-Match names the tag, comparing weakly.
func matches(headers []string, tag string) bool {
	for _, header := range headers {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

// acceptsGzip reports whether the client takes gzip, by name or by "*", and has
// not refused it with a weight of nought.
func acceptsGzip(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(header, ",") {
			name, parameter, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "gzip" && name != "*" {
				continue
			}
			weight := strings.ReplaceAll(parameter, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
