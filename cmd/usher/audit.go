package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/gate"
	"usher/internal/wire"
)

const auditUsage = `usher audit --season S [--jwks URL|FILE] [--json]

Checks invariants 1–5 of ARCHITECTURE.md on live data, in Redis, MongoDB and at
the payment provider, and may run at any time, also while the sale goes on. With
--jwks, the site's /.well-known/jwks.json or a copy of it, it also checks that
every ticket is signed. Exit status 0 is clean, 1 a violation (each on its line),
2 could not run. Standard error says how much was checked; standard output has
violations only. --json prints one object instead, for a nightly report.`

// auditReport is what --json prints.
type auditReport struct {
	Season     string         `json:"season"`
	StartedAt  string         `json:"startedAt"`
	FinishedAt string         `json:"finishedAt"`
	Checked    map[string]int `json:"checked"`
	Violations []violation    `json:"violations"`
	OK         bool           `json:"ok"`
}

type violation struct {
	Invariant int    `json:"invariant"`
	Sentence  string `json:"sentence"`
}

func audit(ctx context.Context, args []string) error {
	o := app.Defaults()
	var season, jwks string
	var asJSON bool
	flags := app.NewFlagSet("audit", auditUsage)
	flags.StringVar(&season, "season", "", "`id` of the season")
	flags.StringVar(&jwks, "jwks", "", "`URL` or path of the public keys that tickets must be signed with")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	o.StoreFlags(flags)
	o.PaymentFlags(flags)
	o.Log.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	if season == "" {
		return &app.UsageError{Problems: []string{"--season is missing"}}
	}
	progress := newProgress(os.Stderr)
	report, err := auditSeason(ctx, o, season, jwks, progress.show)
	progress.clear()
	if err != nil {
		var usage *app.UsageError
		if errors.As(err, &usage) {
			return err
		}
		return &app.ExitError{Status: 2, Err: err}
	}
	if err := report.print(os.Stdout, asJSON); err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	if report.OK && !asJSON {
		_, _ = fmt.Fprintln(os.Stderr, report.summary()) // the exit status does not depend on it
	}
	if !report.OK {
		return &app.ExitError{Status: 1, Err: errors.New(fmt.Sprint(len(report.Violations), " violations"))}
	}
	return nil
}

// auditSeason checks the line, the draw and the orders of a season.
func auditSeason(ctx context.Context, o app.Options, season, jwks string, progress func(string, int)) (*auditReport, error) {
	looking := booking.AuditOptions{Progress: progress}
	if jwks != "" {
		reading, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		checker, err := gate.Load(reading, gate.Sources{JWKS: jwks})
		if err != nil {
			return nil, err
		}
		looking.Keys = checker.Public
	}
	services, err := app.OpenServices(o)
	if err != nil {
		return nil, err
	}
	defer services.Close()
	return auditOpened(ctx, services, season, looking)
}

// auditOpened is auditSeason on services that are open.
func auditOpened(ctx context.Context, services *app.Services, season string, looking booking.AuditOptions) (*auditReport, error) {
	progress := looking.Progress
	if progress == nil {
		progress = func(string, int) {}
	}
	report := &auditReport{Season: season, StartedAt: wire.At(time.Now()).String(), Violations: []violation{}}
	if _, err := services.Booking.Season(ctx, season); err != nil {
		return nil, err
	}
	line, err := services.Queue.AuditLine(ctx, season, func(users int) { progress("users in line", users) })
	if err != nil {
		return nil, err
	}
	for _, v := range line.Violations {
		report.Violations = append(report.Violations, violation(v))
	}
	drawn, err := services.Queue.AuditDraw(ctx, season)
	if err != nil {
		return nil, err
	}
	for _, sentence := range drawn { // the order of a draw is the order of admission, which is invariant 6
		report.Violations = append(report.Violations, violation{6, sentence})
	}
	sales, err := services.Booking.Audit(ctx, season, looking)
	if err != nil {
		return nil, err
	}
	for _, v := range sales.Findings {
		report.Violations = append(report.Violations, violation(v))
	}
	c := sales.Checked
	report.Checked = map[string]int{
		"waiting": line.Waiting, "active": line.Active,
		"seats": c.Seats, "held": c.Held, "carts": c.Carts, "transactions": c.Transactions, "claims": c.Claims,
		"tickets": c.Tickets, "signatures": c.Signatures, "refunds": c.Refunds, "charges": c.Charges,
	}
	report.FinishedAt = wire.At(time.Now()).String()
	report.OK = len(report.Violations) == 0
	return report, nil
}

func (r *auditReport) print(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(r)
	}
	for _, v := range r.Violations {
		if _, err := fmt.Fprintln(out, v.Sentence); err != nil {
			return err
		}
	}
	return nil
}

// summary says on one line what a clean audit has looked at.
func (r *auditReport) summary() string {
	counted := func(what, one, more string) string {
		if r.Checked[what] == 1 {
			return "1 " + one
		}
		return fmt.Sprint(r.Checked[what], " ", more)
	}
	return fmt.Sprintf("season %s: %s, %s and %s checked: clean", r.Season,
		counted("seats", "seat", "seats"), counted("transactions", "purchase", "purchases"), counted("tickets", "ticket", "tickets"))
}

// progress shows how far a long audit has come, on a terminal only.
type progress struct {
	out   io.Writer // nil: standard error is not a terminal
	last  time.Time
	shown bool
}

func newProgress(out *os.File) *progress {
	if info, err := out.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{out: out}
}

// show replaces the line on the terminal, ten times a second at most.
func (p *progress) show(what string, done int) {
	if p.out == nil || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s: %d", what, done) // the report does not depend on it
}

func (p *progress) clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
