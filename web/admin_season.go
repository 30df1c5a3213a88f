package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/web/admin"
)

// maxPlan is the largest seat plan, in bytes. A plan of 50,000 seats with every
// column is a quarter of it.
const maxPlan = 16 << 20

func (s *Server) getAdminSeason(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	live, err := s.liveFigures(r.Context(), season.ID)
	if err != nil {
		return err
	}
	return s.answerAdminSeason(w, season, live, nil)
}

// putAdminSeason changes a season's settings, or creates the season. With ?dryRun it says
// what would change.
func (s *Server) putAdminSeason(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	patch, err := body(w, r, "application/json", maxBody)
	if err != nil {
		return err
	}
	if dry, err := admin.DryRun(r); err != nil || dry {
		if err != nil {
			return err
		}
		return s.organizer.PreviewSeason(w, r, patch)
	}
	season, err := s.o.Booking.ApplySeason(r.Context(), pathValue(r, "id"), patch, session.User.Signature())
	if err != nil {
		return err
	}
	return s.answerChanged(w, r, season)
}

// postAdminPause stops admission. The body may give a reason, which everyone is told.
func (s *Server) postAdminPause(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Reason *string `json:"reason"` // null means none
	}
	if err := decodeOptional(w, r, &form); err != nil {
		return err
	}
	reason := ""
	if form.Reason != nil {
		reason = *form.Reason
	}
	season, err := s.o.Booking.PauseSeason(r.Context(), pathValue(r, "id"), reason, session.User.Signature())
	if err != nil {
		return err
	}
	return s.answerChanged(w, r, season)
}

func (s *Server) postAdminResume(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	season, err := s.o.Booking.ResumeSeason(r.Context(), pathValue(r, "id"), session.User.Signature())
	if err != nil {
		return err
	}
	return s.answerChanged(w, r, season)
}

// putAdminNotice changes the notice that everyone in a season is shown.
func (s *Server) putAdminNotice(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Text *string `json:"text"`
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	if form.Text == nil {
		return fault.New(fault.InvalidRequest, `text is missing; "" removes the notice`)
	}
	season, err := s.o.Booking.SetNotice(r.Context(), pathValue(r, "id"), *form.Text, session.User.Signature())
	if err != nil {
		return err
	}
	s.board.Wake()
	return answerJSON(w, http.StatusOK, wire.Notice{Notice: wire.TextOrNull(season.Notice)})
}

// answerChanged applies saved settings to the line and answers with the season.
// Every node applies saved settings again within seconds, so a failure here is a
// warning in the answer, not an error.
func (s *Server) answerChanged(w http.ResponseWriter, r *http.Request, season booking.Season) error {
	var warnings []string
	warn := func(what string, err error) {
		if err != nil {
			warnings = append(warnings, what+": "+s.faultOf(r.Context(), err).Detail)
		}
	}
	s.board.Wake()
	warn("saved, but not in force yet", s.o.SeasonChanged(r.Context(), season))
	live, err := s.liveFigures(r.Context(), season.ID)
	warn("the live figures could not be read", err)
	return s.answerAdminSeason(w, season, live, warnings)
}

func (s *Server) answerAdminSeason(w http.ResponseWriter, season booking.Season, live wire.Live, warnings []string) error {
	if live.Nodes == nil {
		live.Nodes = []wire.Node{}
	}
	return answerJSON(w, http.StatusOK, wire.AdminSeason{
		Settings: season.Settings, Live: live, Warnings: append(append([]string{}, s.o.Warn.All()...), warnings...),
	})
}

// liveFigures reads the line's figures from Redis and counts the seats in this
// node's memory. Seats that this node has not read yet are not counted.
func (s *Server) liveFigures(ctx context.Context, season string) (wire.Live, error) {
	line, err := s.o.Queue.Live(ctx, season)
	if err != nil {
		return wire.Live{}, err
	}
	live := wire.Live{
		Waiting: line.Waiting, Ready: line.Ready, Active: line.Active, Turns: line.Turns,
		AdmittedPerMinute: line.AdmittedPerMinute,
	}
	for _, node := range line.Nodes {
		live.Nodes = append(live.Nodes, wire.Node{ID: node.ID, Sockets: node.Sockets})
	}
	snapshot, err := s.o.Booking.Snapshot(ctx, season)
	if fault.Is(err, fault.NotFound, fault.Unavailable) {
		return live, nil
	}
	if err != nil {
		return wire.Live{}, err
	}
	for _, statuses := range countSeats(snapshot) {
		live.Held += statuses[booking.InTransaction]
		live.Booked += statuses[booking.Booked]
		live.Available += statuses[booking.Available]
	}
	return live, nil
}

// postAdminSeats publishes a seat plan. With ?dryRun it says what that would do.
func (s *Server) postAdminSeats(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	dry, err := admin.DryRun(r)
	if err != nil {
		return err
	}
	plan, err := body(w, r, "text/csv", maxPlan)
	if err != nil {
		return err
	}
	if dry {
		return s.organizer.PreviewPlan(w, r, plan)
	}
	imported, err := s.o.Booking.ImportPlan(r.Context(), pathValue(r, "id"), bytes.NewReader(plan), session.User.Signature())
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, imported)
}

// mostFans is the largest crowd that a check reckons with.
const mostFans = 100_000_000

// getAdminCheck tries everything that the season's sale needs. A node makes one check
// at a time, because each asks other services.
func (s *Server) getAdminCheck(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	fans := 0
	if text := r.URL.Query().Get("fans"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostFans {
			return fault.New(fault.InvalidRequest, "fans is a number from 1 to %d, not %q", mostFans, text)
		}
		fans = n
	}
	id := pathValue(r, "id")
	if s.o.Check == nil {
		return fault.New(fault.NotFound, "this server makes no checks")
	}
	if _, err := s.o.Booking.Season(r.Context(), id); fault.Is(err, fault.NotFound) {
		return err // any other error is a finding of the check
	}
	release, err := s.checks.acquire(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	defer release()
	return s.checks.do(r.Context(), func() error {
		return answerJSON(w, http.StatusOK, s.o.Check(r.Context(), id, fans))
	})
}
