// Package admin answers what only organisers ask: where one fan is and why the fan is not
// in yet, how the sale went in the last hour, and what a change of the settings or of the
// seat plan would do before it is made.
//
// Entry points: [New], [Site.GetUser] and [Site.FindUsers] for one fan, [Site.GetCourse]
// for the figures of the last hour, [Site.PreviewSeason] and [Site.PreviewPlan] for what
// would change. The caller has checked that the request is an admin's.
package admin

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// Options configures a Site. All fields are required.
type Options struct {
	Booking interface {
		Season(ctx context.Context, id string) (booking.Season, error)
		PreviewSeason(ctx context.Context, id string, patch []byte) (booking.Settings, bool, error)
		PreviewPlan(ctx context.Context, season string, csv io.Reader) (wire.PlanPreview, error)
	}
	Queue interface {
		Person(ctx context.Context, season, user string) (queue.Person, error)
		Course(ctx context.Context, season string) ([]queue.Sample, error)
	}
	// Names returns the names of users by id; unknown users are omitted.
	Names func(ctx context.Context, ids []string) (map[string]string, error)
	// Search returns the ids of users whose name, e-mail address or id fits a text.
	Search func(ctx context.Context, text string, limit int) ([]string, error)
	// PathValue returns a parameter of the path.
	PathValue func(r *http.Request, name string) string
	// Answer writes a value as JSON.
	Answer func(w http.ResponseWriter, status int, v any) error
}

// Site answers organizers. Safe for concurrent use.
type Site struct{ o Options }

// New makes a Site.
func New(o Options) *Site { return &Site{o} }

// DryRun reads ?dryRun: whether the request only asks what it would do.
func DryRun(r *http.Request) (bool, error) {
	switch text := r.URL.Query().Get("dryRun"); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fault.New(fault.InvalidRequest, "dryRun is true or false, not %.40q", text)
	}
}

// PreviewSeason answers with the settings that a patch would make.
func (s *Site) PreviewSeason(w http.ResponseWriter, r *http.Request, patch []byte) error {
	settings, exists, err := s.o.Booking.PreviewSeason(r.Context(), s.o.PathValue(r, "id"), patch)
	if err != nil {
		return err
	}
	return s.o.Answer(w, http.StatusOK, wire.SeasonPreview{Settings: settings, Exists: exists})
}

// PreviewPlan answers with what importing a seat plan would do.
func (s *Site) PreviewPlan(w http.ResponseWriter, r *http.Request, plan []byte) error {
	preview, err := s.o.Booking.PreviewPlan(r.Context(), s.o.PathValue(r, "id"), bytes.NewReader(plan))
	if err != nil {
		return err
	}
	return s.o.Answer(w, http.StatusOK, preview)
}

// perMinute is how many samples of the course make a minute.
const perMinute = int(time.Minute / queue.CourseStep)

// GetCourse answers with the figures of the last hour.
func (s *Site) GetCourse(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	samples, err := s.o.Queue.Course(r.Context(), season.ID)
	if err != nil {
		return err
	}
	course := wire.Course{StepSeconds: int(queue.CourseStep / time.Second), Samples: make([]wire.CourseSample, 0, len(samples))}
	for i, s := range samples {
		one := wire.CourseSample{At: wire.At(s.At), Waiting: s.Waiting, Active: s.Active, Turns: s.Turns, Held: s.Held, Booked: s.Booked}
		for back := i; back >= 0 && back > i-perMinute && s.At.Sub(samples[back].At) < time.Minute; back-- {
			one.AdmittedPerMinute += samples[back].Admitted
		}
		course.Samples = append(course.Samples, one)
	}
	return s.o.Answer(w, http.StatusOK, course)
}

// userOf reads the user id in the path.
func (s *Site) userOf(r *http.Request) (string, error) {
	user := s.o.PathValue(r, "userId")
	if id, err := hex.DecodeString(user); err != nil || len(id) != 12 {
		return "", fault.New(fault.NotFound, "invalid user id %.40q: a user id has 24 hexadecimal digits", user)
	}
	return user, nil
}
