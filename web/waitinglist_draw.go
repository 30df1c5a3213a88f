package web

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
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
		Season: season.ID, Number: h.Number, Commitment: h.Commitment, CommittedAt: wire.At(h.CommittedAt).String(), Promised: h.Beacon,
		Phases: h.Phases, Seed: hex.EncodeToString(h.Seed), BeaconNote: h.Note,
		Gathered: f.Gathered, FrozenAt: wire.At(f.At).String(), DrawnAt: wire.At(h.RevealedAt).String(), Count: len(h.Marks),
		Rule: draw.Rule, List: fmt.Sprintf("/waitingList/draw/list?season=%s&number=%d", url.QueryEscape(season.ID), h.Number),
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

// heldDraw returns the draw that a request names by its number; without one the first of
// the season.
func (s *Server) heldDraw(r *http.Request) (booking.Season, *queue.HeldDraw, error) {
	season, err := s.seasonOf(r)
	if err != nil {
		return season, nil, err
	}
	number := 0 // the first
	if text := r.URL.Query().Get("number"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 1 || number > queue.MostDraws {
			return season, nil, fault.New(fault.InvalidRequest, "number is %.20q; it is the number of a draw, from 1 to %d", text, queue.MostDraws)
		}
	}
	h, err := s.o.Queue.HeldDraw(r.Context(), season.ID, number)
	if err == nil && h == nil {
		err = fault.New(fault.NotFound, "this season has no draw, or the draw has not been held yet")
	}
	return season, h, err
}

// publicDraws returns what is public about the draws of a season before they are held,
// also when the openings were changed later.
func (s *Server) publicDraws(ctx context.Context, season booking.Season) ([]wire.SeasonDraw, error) {
	draws, err := s.o.Queue.Draws(ctx, season.ID)
	if fault.Is(err, fault.Unavailable) {
		return nil, nil // the rest of the season can be shown without the draws
	}
	if err != nil {
		return nil, err
	}
	var shown []wire.SeasonDraw
	for _, d := range draws {
		shown = append(shown, publicDraw(d))
	}
	return shown, nil
}

func publicDraw(d queue.Draw) wire.SeasonDraw {
	shown := wire.SeasonDraw{Number: d.Number, Commitment: d.Commitment, CommittedAt: wire.At(d.CommittedAt), Beacon: d.Beacon, Held: d.Held}
	if f := d.Frozen; f != nil {
		shown.Frozen = &wire.FrozenDraw{Gathered: f.Gathered, Count: f.Count, At: wire.At(f.At), Round: f.Round}
		if due := f.Due(); !due.IsZero() {
			shown.Frozen.Due = wire.AtOrNull(&due)
		}
	}
	return shown
}
