// Package presale serves the codes of phases that need one: admins upload them and see
// how many are used, and fans use them to join.
//
// Entry points: [New]; [Site.Clear] for a fan who joins, [Site.PostCodes] and
// [Site.GetCodes] for admins. The caller has checked who asks.
package presale

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/limit"
	codes "usher/internal/presale"
	"usher/internal/wire"
)

// budget is how many codes a user may try, over all nodes.
var budget = limit.Budget{Name: "codes", Most: 5, Window: time.Minute}

// Options configures a Site. All fields but Registerer are required.
type Options struct {
	Codes   *codes.Book
	Booking interface {
		Season(ctx context.Context, id string) (booking.Season, error)
		LogCodes(ctx context.Context, season, by string, uploaded, added int)
	}
	// Spend takes one from a caller's budget.
	Spend func(ctx context.Context, b limit.Budget, key string) error
	// Body reads the body of a request of one of some media types.
	Body func(w http.ResponseWriter, r *http.Request, limit int64, media ...string) ([]byte, error)
	// Answer answers with JSON.
	Answer     func(w http.ResponseWriter, status int, v any) error
	Registerer prometheus.Registerer
	Logger     *slog.Logger
}

// Site serves codes. Safe for concurrent use.
type Site struct {
	o     Options
	tried *prometheus.CounterVec
}

// The outcomes of joining a phase that needs a code.
const (
	used     = "used"
	again    = "again"    // the user has used a code before
	required = "required" // the request has none
	unknown  = "unknown"
	usedUp   = "used_up"
	limited  = "limited"
)

// New makes a Site.
func New(o Options) *Site {
	s := &Site{o: o, tried: promauto.With(o.Registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "usher_presale_codes_total",
		Help: "Users who joined a phase that needs a code, by outcome; again: the user has used a code before.",
	}, []string{"outcome"})}
	for _, outcome := range []string{used, again, required, unknown, usedUp, limited} {
		s.tried.WithLabelValues(outcome)
	}
	return s
}

// Clear returns nil for a user who has used a code of the season, or uses this one.
// Errors: code_required, code_invalid, rate_limited (too many codes tried), unavailable.
func (s *Site) Clear(ctx context.Context, season, user, code string) error {
	cleared, err := s.o.Codes.Cleared(ctx, season, user)
	if err != nil {
		return err
	}
	if cleared {
		s.tried.WithLabelValues(again).Inc()
		return nil
	}
	if codes.Normal(code) == "" {
		s.tried.WithLabelValues(required).Inc()
		return fault.New(fault.CodeRequired, "this phase of the sale needs a code; send it as code")
	}
	if err := s.o.Spend(ctx, budget, user); err != nil {
		if fault.Is(err, fault.RateLimited) {
			s.tried.WithLabelValues(limited).Inc()
		}
		return err
	}
	err = s.o.Codes.Use(ctx, season, user, code)
	switch {
	case errors.Is(err, codes.ErrUnknown):
		s.tried.WithLabelValues(unknown).Inc()
		return fault.New(fault.CodeInvalid, "the code is not one of this sale")
	case errors.Is(err, codes.ErrUsedUp):
		s.tried.WithLabelValues(usedUp).Inc()
		return fault.New(fault.CodeInvalid, "the code has been used as often as it may be")
	case err == nil:
		s.tried.WithLabelValues(used).Inc()
	}
	return err
}

// maxUpload is the most bytes of an upload: some hundred thousand codes.
const maxUpload = 8 << 20

// PostCodes stores the codes of a CSV file. The whole file is read first: one wrong line
// refuses all of it. Errors: not_found, invalid_request, unavailable.
func (s *Site) PostCodes(w http.ResponseWriter, r *http.Request, by string) error {
	season, err := s.o.Booking.Season(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	file, err := s.o.Body(w, r, maxUpload, "text/csv")
	if err != nil {
		return err
	}
	read, err := readCodes(file)
	if err != nil {
		return err
	}
	added, err := s.o.Codes.Add(r.Context(), season.ID, read)
	if err != nil {
		return err
	}
	s.o.Booking.LogCodes(r.Context(), season.ID, by, len(read), added)
	s.o.Logger.Info("codes uploaded", "season", season.ID, "by", by, "codes", len(read), "added", added)
	return s.answer(w, r, season.ID, added)
}

// GetCodes answers how many codes a season has, and how many uses are taken. Errors:
// not_found, unavailable.
func (s *Site) GetCodes(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return s.answer(w, r, season.ID, 0)
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request, season string, added int) error {
	f, err := s.o.Codes.Figures(r.Context(), season)
	if err != nil {
		return err
	}
	return s.o.Answer(w, http.StatusOK, wire.PresaleCodes{Codes: f.Codes, Uses: f.Uses, Used: f.Used, Added: added})
}
