package booking

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/text"
)

// Announced is what the organizer tells everyone in a season during the sale.
type Announced struct {
	Paused      bool   // admission is stopped
	PauseReason string // why; "" when it is not said, and while the season is not paused
	Notice      string // "" for none
}

// maxAnnounced is the most characters of a notice or of a reason.
const maxAnnounced = 280

// checkAnnounced returns a text for everyone without spaces around it. Errors:
// invalid_request.
func checkAnnounced(what, said string) (string, error) {
	said = strings.TrimSpace(said)
	if err := text.CheckLabel(said, maxAnnounced); err != nil {
		return "", fault.New(fault.InvalidRequest, "the %s %v; it is plain text on one line, at most %d characters", what, err, maxAnnounced)
	}
	return said, nil
}

// PauseSeason stops admission, for a reason that everyone is told ("" for none), or
// changes the reason. Errors: not_found, invalid_request (reason).
func (b *Booking) PauseSeason(ctx context.Context, id, reason, by string) (Season, error) {
	reason, err := checkAnnounced("reason", reason)
	if err != nil {
		return Season{}, err
	}
	return b.announce(ctx, id, "pause", by, func(a *Announced) { a.Paused, a.PauseReason = true, reason })
}

// ResumeSeason continues admission. Errors: not_found.
func (b *Booking) ResumeSeason(ctx context.Context, id, by string) (Season, error) {
	return b.announce(ctx, id, "resume", by, func(a *Announced) { a.Paused, a.PauseReason = false, "" })
}

// SetNotice changes the notice that everyone in a season is shown; "" removes it.
// Errors: not_found, invalid_request.
func (b *Booking) SetNotice(ctx context.Context, id, notice, by string) (Season, error) {
	notice, err := checkAnnounced("notice", notice)
	if err != nil {
		return Season{}, err
	}
	return b.announce(ctx, id, "notice", by, func(a *Announced) { a.Notice = notice })
}

func (b *Booking) announce(ctx context.Context, id, action, by string, change func(*Announced)) (Season, error) {
	return b.revise(ctx, id, action, by, func(s Season, exists bool) (Season, error) {
		if !exists {
			return s, fault.New(fault.NotFound, "season %q not found", id)
		}
		change(&s.Announced)
		return s, nil
	})
}

func (r revision) announced() Announced {
	return Announced{Paused: r.Paused, PauseReason: r.Reason, Notice: r.Notice}
}

// withAnnounced adds what is announced, the logo and the cancellation to the settings, for the audit log.
func withAnnounced(settings bson.D, a Announced, logo *Logo, cancelled *Cancellation) bson.D {
	hash := ""
	if logo != nil {
		hash = logo.Hash
	}
	row := append(append(bson.D{}, settings...),
		bson.E{Key: "paused", Value: a.Paused}, bson.E{Key: "pauseReason", Value: a.PauseReason}, bson.E{Key: "notice", Value: a.Notice}, bson.E{Key: "logo", Value: hash})
	if cancelled != nil {
		row = append(row, bson.E{Key: "cancelled", Value: true}, bson.E{Key: "cancelReason", Value: cancelled.Reason})
	}
	return row
}
