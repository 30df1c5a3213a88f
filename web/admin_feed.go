package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

const (
	feedPage    = 100
	maxFeedPage = 500
)

// getAdminFeed shows what webhooks tell, the oldest first, to a shop that cannot
// be reached. It is about every season.
func (s *Server) getAdminFeed(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	query, limit := r.URL.Query(), feedPage
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxFeedPage {
			return fault.New(fault.InvalidRequest, "limit must be a number from 1 to %d", maxFeedPage)
		}
	}
	found, err := s.o.Booking.Feed(r.Context(), query.Get("after"), limit)
	if err != nil {
		return err
	}
	if found.Events == nil {
		found.Events = []json.RawMessage{}
	}
	return answerJSON(w, http.StatusOK, wire.Feed{Events: found.Events, Next: found.Next, More: found.More})
}
