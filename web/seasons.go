package web

import (
	"context"
	"maps"
	"net/http"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

func (s *Server) getSeasons(w http.ResponseWriter, r *http.Request) error {
	seasons, err := s.o.Booking.Seasons(r.Context())
	if err != nil {
		return err
	}
	list := wire.Seasons{Seasons: make([]wire.Season, 0, len(seasons))}
	for _, season := range seasons {
		if booking.IsShadow(season.ID) {
			continue // a rehearsal is no sale to be offered
		}
		shown, err := s.toSeason(r.Context(), season)
		if err != nil {
			return err
		}
		list.Seasons = append(list.Seasons, shown)
	}
	return answerJSON(w, http.StatusOK, list)
}

func (s *Server) getSeason(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	shown, err := s.toSeason(r.Context(), season)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, shown)
}

// toSeason returns what is public about a season. The counts are empty and the
// sale is null while this node has not read the seats.
func (s *Server) toSeason(ctx context.Context, season booking.Season) (wire.Season, error) {
	shown := wire.Season{
		ID: season.ID, Name: season.Name, Currency: season.Currency,
		OpensAt: wire.AtOrNull(season.OpensAt), ClosesAt: wire.AtOrNull(season.ClosesAt),
		MaxSeats: season.MaxSeats, HoldSeconds: seconds(season.Hold),
		TurnSeconds: seconds(season.TurnWindow), SessionSeconds: seconds(season.Session), LeaseSeconds: seconds(season.Lease),
		AbsenceSeconds: seconds(season.Absence), ForgetSeconds: seconds(season.Forget),
		Refunds: season.Refunds, Counts: map[string]map[string]int{},
		Returns: season.Returns, Challenge: season.Challenge, Guests: season.Guests, StartsAt: wire.AtOrNull(season.StartsAt), DoorsAt: wire.AtOrNull(season.DoorsAt), TimeZone: season.TimeZone,
		Look: s.look.Of(season), Phases: toPhases(season.Phases),
	}
	if season.Venue != nil {
		shown.Venue = &wire.Venue{Name: season.Venue.Name, Address: season.Venue.Address}
	}
	public, err := s.publicDraws(ctx, season)
	if err != nil {
		return wire.Season{}, err
	}
	if shown.Draws = public; len(public) > 0 {
		shown.Draw = &public[0]
	}
	snapshot, err := s.o.Booking.Snapshot(ctx, season.ID)
	switch {
	case fault.Is(err, fault.NotFound, fault.Unavailable):
		return shown, nil
	case err != nil:
		return wire.Season{}, err
	}
	shown.Counts, shown.Sale = countSeats(snapshot), s.board.Of(season, snapshot)
	shown.Plan, err = s.plans.Of(snapshot.Plan)
	return shown, err
}

// toPhases returns the phases of a sale as the interface shows them.
func toPhases(phases []booking.Phase) []wire.Phase {
	shown := make([]wire.Phase, 0, len(phases))
	for _, p := range phases {
		shown = append(shown, wire.Phase{Name: p.Name, OpensAt: wire.AtOrNull(p.OpensAt), ClosesAt: wire.AtOrNull(p.ClosesAt), Access: string(p.Access)})
	}
	return shown
}

// seconds are the whole seconds of a setting.
func seconds(d booking.Duration) int { return int(time.Duration(d).Seconds()) }

// saleAtWelcome returns the public state of the sale for a new socket: what the other
// sockets here were told last. It is nil while this node has not read the seats.
func (s *Server) saleAtWelcome(ctx context.Context, season booking.Season) *wire.Sale {
	if told := s.board.Told(season.ID); told.Sale != nil {
		return told.Sale
	}
	snapshot, err := s.o.Booking.Snapshot(ctx, season.ID)
	if err != nil {
		return nil
	}
	return s.board.Of(season, snapshot)
}

// tellSale tells the sockets of a season the public state of its sale.
func (s *Server) tellSale(season string, message *hub.Shared) {
	told := s.o.Hub.Tell(season, hub.SlotSale, message)
	s.metrics.sentMany(wire.SaleMessage{}.Type(), told)
}

// tellWaiting tells the sockets of a season how many are in its line.
func (s *Server) tellWaiting(season string, message *hub.Shared) {
	told := s.o.Hub.Tell(season, hub.SlotWaiting, message)
	s.metrics.sentMany(wire.Waiting{}.Type(), told)
}

// waiting returns how many are in a season's line; false when no socket here would be
// told.
func (s *Server) waiting(ctx context.Context, season string) (int, bool, error) {
	if s.o.Hub.Count(season) == 0 {
		return 0, false, nil
	}
	status, err := s.o.Queue.Status(ctx, season, "")
	return status.Waiting, err == nil, err
}

// SaleChanged makes this node tell its sockets soon what has changed about a sale. It
// does not block.
func (s *Server) SaleChanged() { s.board.Wake() }

// countSeats counts seats by category and status, with 0 for statuses that do not
// occur.
func countSeats(snapshot *booking.Snapshot) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for category, statuses := range snapshot.Counts() {
		all := map[string]int{booking.Available: 0, booking.Unavailable: 0, booking.InTransaction: 0, booking.Booked: 0}
		maps.Copy(all, statuses)
		counts[string(category)] = all
	}
	return counts
}

// LineSettings are the settings of a season that its line needs.
func LineSettings(s booking.Season) queue.Settings {
	moment := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	line := queue.Settings{
		Revision: s.Revision,
		OpensAt:  moment(s.OpensAt), ClosesAt: moment(s.ClosesAt),
		ActiveLimit: s.ActiveLimit, AdmitPerMinute: s.AdmitPerMinute,
		TurnWindow: time.Duration(s.TurnWindow), Lease: time.Duration(s.Lease), Session: time.Duration(s.Session),
		Absence: time.Duration(s.Absence), Forget: time.Duration(s.Forget),
		Paused: s.Paused, Returns: s.Returns, Phases: linePhases(s.Phases),
	}
	if s.Cancelled != nil {
		line.Over = true
		line.Phases = nil
		if line.OpensAt.IsZero() || !line.OpensAt.Before(s.Cancelled.At) {
			line.OpensAt = time.Time{} // it opens no more
		}
		if line.ClosesAt.IsZero() || s.Cancelled.At.Before(line.ClosesAt) {
			line.ClosesAt = s.Cancelled.At
		}
	}
	return line
}

func linePhases(phases []booking.Phase) []queue.Phase {
	var line []queue.Phase
	for _, p := range phases {
		one := queue.Phase{Name: p.Name, Code: p.Access == booking.AccessCode}
		if p.OpensAt != nil {
			one.OpensAt = *p.OpensAt
		}
		if p.ClosesAt != nil {
			one.ClosesAt = *p.ClosesAt
		}
		line = append(line, one)
	}
	return line
}
