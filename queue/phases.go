package queue

import (
	"fmt"
	"strings"
	"time"

	"usher/internal/draw"
)

// Phase is a part of a sale with a rule of its own about who may join. The rule also
// holds for users who join before the phase opens and after the phase before it has
// closed. Between two phases no user is admitted.
type Phase struct {
	Name     string
	OpensAt  time.Time
	ClosesAt time.Time // zero: does not close; only of the last phase
	Code     bool      // joining needs a code
}

// The words for who may join in a phase, as in the settings of a season.
const (
	AccessOpen = "open"
	AccessCode = "code"
)

// phasesText is the phases as part/settings.lua reads them: opening, closing (ms; 0:
// none) and 1 when the phase needs a code, for each phase.
func phasesText(phases []Phase) string {
	words := make([]string, 0, len(phases))
	for _, p := range phases {
		words = append(words, fmt.Sprintf("%d %d %d", millis(p.OpensAt), millis(p.ClosesAt), bit(p.Code)))
	}
	return strings.Join(words, " ")
}

// phasesOfDraw are the phases as a draw commits to them; nil for none.
func phasesOfDraw(phases []Phase) []draw.Phase {
	var out []draw.Phase
	for _, p := range phases {
		access := AccessOpen
		if p.Code {
			access = AccessCode
		}
		out = append(out, draw.Phase{Name: p.Name, OpensAt: timeOfPhase(p.OpensAt), ClosesAt: timeOfPhase(p.ClosesAt), Access: access})
	}
	return out
}

// timeOfPhase is a time as the interface writes it; "" for none.
func timeOfPhase(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
