package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

const (
	auditPage    = 50
	maxAuditPage = 200
)

// getAdminAuditLog lists the changes to a season, newest first.
func (s *Server) getAdminAuditLog(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	limit, cursor, err := page(r, auditPage, maxAuditPage)
	if err != nil {
		return err
	}
	changes, next, err := s.o.Booking.AuditLog(r.Context(), season.ID, limit, cursor)
	if err != nil {
		return err
	}
	names, err := s.o.Auth.Names(r.Context(), usersIn(changes))
	if err != nil {
		return err
	}
	log := wire.AuditLog{Changes: make([]wire.Change, 0, len(changes)), Next: orNull(next)}
	for _, c := range changes {
		log.Changes = append(log.Changes, wire.Change{At: wire.At(c.At), By: c.By, Action: c.Action, Before: c.Before, After: c.After, Name: names[userIn(c)]})
	}
	return answerJSON(w, http.StatusOK, log)
}

// userIn returns the id of the user whom a change is about; "" for none.
func userIn(c booking.AuditEntry) string {
	text, ok := c.Before.(json.RawMessage)
	if !ok || !slices.Contains([]string{"put_out", "refund", "move"}, c.Action) {
		return ""
	}
	var about struct {
		User string `json:"user"`
	}
	_ = json.Unmarshal(text, &about) // another shape names no user
	return about.User
}

func usersIn(changes []booking.AuditEntry) (users []string) {
	for _, c := range changes {
		if user := userIn(c); user != "" {
			users = append(users, user)
		}
	}
	return users
}

const (
	feedPage    = 100
	maxFeedPage = 500
)

// getAdminFeed lists the events that webhooks deliver, oldest first, for shops that
// cannot receive webhooks. It covers every season.
func (s *Server) getAdminFeed(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	query, limit := r.URL.Query(), feedPage
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxFeedPage {
			return fault.New(fault.InvalidRequest, "limit must be a number from 1 to %d", maxFeedPage)
		}
	}
	found, err := s.o.Booking.Feed().Pull(r.Context(), query.Get("after"), limit)
	if err != nil {
		return err
	}
	if found.Events == nil {
		found.Events = []json.RawMessage{}
	}
	return answerJSON(w, http.StatusOK, wire.Feed{Events: found.Events, Next: found.Next, More: found.More})
}

// getAdminTransactions lists a season's purchases with their buyers, newest first.
func (s *Server) getAdminTransactions(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	limit, cursor, err := page(r, transactionsPage, maxTransactionsPage)
	if err != nil {
		return err
	}
	filter, err := s.desk.Filter(r)
	if err != nil {
		return err
	}
	transactions, next, err := s.o.Booking.SeasonTransactions(r.Context(), season.ID, filter, limit, cursor)
	if err != nil {
		return err
	}
	list := wire.DeskTransactions{Transactions: make([]wire.DeskTransaction, 0, len(transactions)), Next: orNull(next)}
	for _, t := range transactions {
		list.Transactions = append(list.Transactions, s.desk.Shown(t))
	}
	return answerJSON(w, http.StatusOK, list)
}

// rehearsalsShown is how many rehearsals are listed.
const rehearsalsShown = 20

// getAdminRehearsals lists the last rehearsals of a season, newest first.
func (s *Server) getAdminRehearsals(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	list, err := s.o.Booking.Rehearsals(r.Context(), season.ID, rehearsalsShown)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, wire.Rehearsals{Rehearsals: list})
}
