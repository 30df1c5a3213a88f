package crowd

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"
)

// lineEvery is how often progress is logged where there is no terminal.
const lineEvery = 5 * time.Second

// Display shows how far a crowd has come: one line that changes on a terminal, a log
// elsewhere.
type Display struct {
	terminal io.Writer // nil: none
	log      *slog.Logger
	last     time.Time
	shown    bool
}

// NewDisplay shows on out, a terminal or not.
func NewDisplay(out *os.File) *Display {
	if info, err := out.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return &Display{terminal: out}
	}
	return &Display{log: slog.New(slog.NewTextHandler(out, nil)), last: time.Now()}
}

// Show is for Options.Progress.
func (p *Display) Show(now Progress) {
	if p.terminal != nil {
		p.shown = true
		_, _ = fmt.Fprintf(p.terminal, "\r\x1b[K%s", now) // the report does not depend on it
		return
	}
	if time.Since(p.last) < lineEvery {
		return
	}
	p.last = time.Now()
	p.log.Info("crowd", "after", now.After.Round(time.Second), "fans", now.Fans, "live", now.Live, "waiting", now.Waiting,
		"inside", now.Inside, "admitted", now.Admitted, "bought", now.Bought,
		"sold out", now.SoldOut, "errors", now.Errors, "broken", now.Broken, "ending", now.Ending)
}

// Step says what happens now: a line of its own.
func (p *Display) Step(what string) {
	p.Clear()
	if p.terminal != nil {
		_, _ = fmt.Fprintln(p.terminal, what)
		return
	}
	p.log.Info(what)
}

// Clear removes the line on the terminal.
func (p *Display) Clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.terminal, "\r\x1b[K")
		p.shown = false
	}
}
