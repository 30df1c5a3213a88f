package web

import (
	"bufio"
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"

	"usher/booking"
	"usher/internal/draw"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// getDraw publishes a draw that has been held, and the caller's own rank.
func (s *Server) getDraw(w http.ResponseWriter, r *http.Request) error {
	season, h, err := s.heldDraw(r)
	if err != nil {
		return err
	}
	user, err := s.optionalUser(r)
	if err != nil {
		return err
	}
	f := h.Frozen
	account := draw.Account{
		Season: season.ID, Commitment: h.Commitment, CommittedAt: wire.At(h.CommittedAt).String(), Promised: h.Beacon,
		Phases: h.Phases, Seed: hex.EncodeToString(h.Seed), BeaconNote: h.Note,
		Gathered: f.Gathered, FrozenAt: wire.At(f.At).String(), DrawnAt: wire.At(h.RevealedAt).String(), Count: len(h.Marks),
		Rule: draw.Rule, List: "/waitingList/draw/list?season=" + url.QueryEscape(season.ID),
	}
	if len(h.Value) > 0 {
		account.Beacon = &draw.BeaconValue{
			Source: h.Beacon, Genesis: f.Schedule.Genesis, Period: f.Schedule.Period,
			Round: f.Round, Due: wire.At(f.Due()).String(), Value: hex.EncodeToString(h.Value),
		}
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

// getDrawList answers with the marks in order, one per line. A mark identifies no
// person.
func (s *Server) getDrawList(w http.ResponseWriter, r *http.Request) error {
	_, d, err := s.heldDraw(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", permanent) // the result of a draw never changes
	h.Set("Content-Length", strconv.Itoa(len(d.Marks)*(2*len(draw.Mark{})+1)))
	if r.Method == http.MethodHead {
		return nil
	}
	out := bufio.NewWriterSize(w, 64<<10)
	line := make([]byte, 2*len(draw.Mark{})+1)
	line[len(line)-1] = '\n'
	for _, mark := range d.Marks {
		hex.Encode(line, mark[:])
		if _, err := out.Write(line); err != nil {
			return nil //nolint:nilerr // the client has closed the connection
		}
	}
	_ = out.Flush()
	return nil
}

// heldDraw returns the draw of the request's season.
func (s *Server) heldDraw(r *http.Request) (booking.Season, *queue.HeldDraw, error) {
	season, err := s.seasonOf(r)
	if err != nil {
		return season, nil, err
	}
	h, err := s.o.Queue.HeldDraw(r.Context(), season.ID)
	if err == nil && h == nil {
		err = fault.New(fault.NotFound, "this season has no draw, or the draw has not been held yet")
	}
	return season, h, err
}

// publicDraw returns what is public about a draw before it is held, also when the
// opening was changed later.
func (s *Server) publicDraw(ctx context.Context, season booking.Season) (*wire.SeasonDraw, error) {
	d, err := s.o.Queue.Draw(ctx, season.ID)
	if fault.Is(err, fault.Unavailable) {
		return nil, nil // the rest of the season can be shown without the draw
	}
	if err != nil || d == nil {
		return nil, err
	}
	shown := &wire.SeasonDraw{Commitment: d.Commitment, CommittedAt: wire.At(d.CommittedAt), Beacon: d.Beacon, Held: d.Held}
	if f := d.Frozen; f != nil {
		shown.Frozen = &wire.FrozenDraw{Gathered: f.Gathered, Count: f.Count, At: wire.At(f.At), Round: f.Round}
		if due := f.Due(); !due.IsZero() {
			shown.Frozen.Due = wire.AtOrNull(&due)
		}
	}
	return shown, nil
}
