package web

import (
	"bufio"
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"usher/booking"
	"usher/internal/draw"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// getDraw publishes a draw that was held, and a caller's own part of it.
func (s *Server) getDraw(w http.ResponseWriter, r *http.Request) error {
	season, d, err := s.heldDraw(r)
	if err != nil {
		return err
	}
	user, err := s.anybody(w, r)
	if err != nil {
		return err
	}
	h := d.Held
	account := draw.Account{
		Season: season.ID, Commitment: d.Commitment, CommittedAt: instant(d.CommittedAt),
		Seed: hex.EncodeToString(h.Seed), BeaconNote: h.Note,
		Gathered: h.Gathered, FrozenAt: instant(h.FrozenAt), DrawnAt: instant(h.RevealedAt), Count: len(h.Marks),
		Rule: draw.Rule, List: "/waitingList/draw/list?season=" + url.QueryEscape(season.ID),
	}
	if len(h.Value) > 0 {
		account.Beacon = &draw.BeaconValue{Source: h.Source, Round: h.Round, Value: hex.EncodeToString(h.Value)}
	}
	if user != "" {
		mark, rank := h.MarkOf(user)
		account.You = &draw.You{User: user, Mark: mark.String()}
		if rank > 0 {
			account.You.Rank = &rank
		}
	}
	return answerJSON(w, http.StatusOK, account)
}

// getDrawList answers with the marks in order, a line each; they name nobody.
func (s *Server) getDrawList(w http.ResponseWriter, r *http.Request) error {
	_, d, err := s.heldDraw(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", forever) // a draw that was held is held
	h.Set("Content-Length", strconv.Itoa(len(d.Held.Marks)*(2*len(draw.Mark{})+1)))
	if r.Method == http.MethodHead {
		return nil
	}
	out := bufio.NewWriterSize(w, 64<<10)
	line := make([]byte, 2*len(draw.Mark{})+1)
	line[len(line)-1] = '\n'
	for _, mark := range d.Held.Marks {
		hex.Encode(line, mark[:])
		if _, err := out.Write(line); err != nil {
			return nil // the reader has gone; there is nobody to tell
		}
	}
	_ = out.Flush()
	return nil
}

// heldDraw is the draw of the request's season.
func (s *Server) heldDraw(r *http.Request) (booking.Season, *queue.Draw, error) {
	season, err := s.seasonOf(r)
	if err != nil {
		return season, nil, err
	}
	d, err := s.o.Queue.Draw(r.Context(), season.ID)
	if err == nil && (d == nil || d.Held == nil) {
		err = fault.New(fault.NotFound, "there is no draw, or it has not been held yet")
	}
	return season, d, err
}

// promisedDraw is what anybody may know of a season's draw before it is held.
// Most seasons have none, and are not asked about.
func (s *Server) promisedDraw(ctx context.Context, season booking.Season) (*wire.SeasonDraw, error) {
	if season.OpensAt == nil {
		return nil, nil
	}
	d, err := s.o.Queue.Draw(ctx, season.ID)
	if fault.Is(err, fault.Unavailable) {
		return nil, nil // the rest of the season is known all the same
	}
	if err != nil || d == nil {
		return nil, err
	}
	return &wire.SeasonDraw{Commitment: d.Commitment, CommittedAt: wire.At(d.CommittedAt), Held: d.Held != nil}, nil
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
