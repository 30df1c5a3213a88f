package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"time"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/crowd"
	"usher/internal/keys"
	"usher/internal/rehearse"
	"usher/internal/wire"
)

const rehearseUsage = `usher rehearse --season S --fans N --url URL --signing-key FILE
usher rehearse --season S --remove

Plays the sale of a season on the live nodes: it copies the settings and the seat
plan of S to a shadow season, which only this crowd knows, sends N simulated fans
through the public URL, audits the shadow, and removes it with everything that
belongs to it, also after SIGINT. Payments of a shadow season go to the sandbox,
whatever provider the nodes use; no shop hears of them. S itself is only read. The
report is printed and kept for the admin page. --remove removes what a killed
rehearsal left; so does the next rehearsal of S.

The rehearsal shares nodes and stores with whatever is on sale. While S is open it
needs --yes. Exit status: 0 all checks passed, 1 a check or the audit failed, 2 it
could not run.`

const rehearsalTime = 5 * time.Minute

type rehearsal struct {
	store  app.Options
	crowd  crowd.Options
	season string
	remove bool
	yes    bool
	asJSON bool
}

func rehearseSale(ctx context.Context, args []string) error {
	r, err := readRehearsal(args)
	if err != nil {
		return err
	}
	services, err := app.OpenServices(r.store)
	if err != nil {
		return err
	}
	defer services.Close()
	display := crowd.NewDisplay(os.Stderr)
	r.crowd.Progress = display.Show
	o := rehearse.Options{
		Booking: services.Booking, Queue: services.Queue, Redis: services.Redis(), Nodes: services.Nodes,
		Audit: func(ctx context.Context, season string) ([]string, error) {
			report, err := auditOpened(ctx, services, season, booking.AuditOptions{})
			if err != nil {
				return nil, err
			}
			sentences := make([]string, len(report.Violations))
			for i, v := range report.Violations {
				sentences[i] = v.Sentence
			}
			return sentences, nil
		},
		Season: r.season, By: operator(), Open: r.yes, Crowd: r.crowd, Say: display.Step,
	}
	if err := services.SameRedis(ctx); err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	if r.remove {
		removed, err := rehearse.Remove(ctx, o)
		for _, id := range removed {
			fmt.Println("removed", id)
		}
		if err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
		return nil
	}
	outcome, failed := rehearse.Run(ctx, o)
	display.Clear()
	if outcome != nil {
		if err := printRehearsal(os.Stdout, outcome, r.asJSON); err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
	}
	switch {
	case failed != nil:
		return &app.ExitError{Status: 2, Err: failed}
	case outcome.Report.Result == wire.RehearsalFailed:
		return &app.ExitError{Status: 1, Err: fmt.Errorf("the rehearsal failed: %d position errors, %d admitted out of order, %d sold twice, %d violations",
			outcome.Report.PositionErrors, outcome.Report.OutOfOrder, outcome.Report.SoldTwice, outcome.Report.Violations)}
	case outcome.Report.Result == wire.RehearsalNotRun:
		return &app.ExitError{Status: 2, Err: errors.New("the rehearsal could not run")}
	}
	return nil
}

// readRehearsal reads a command line. Its error names every problem.
func readRehearsal(args []string) (r rehearsal, err error) {
	r.store, r.crowd = app.Defaults(), crowd.Defaults()
	c := &r.crowd
	c.Fans, c.Duration = 0, rehearsalTime
	flags := app.NewFlagSet("rehearse", rehearseUsage)
	flags.StringVar(&r.season, "season", "", "`id` of the season to rehearse")
	flags.IntVar(&c.Fans, "fans", 0, "how many fans come")
	flags.StringVar(&c.URL, "url", "", "public `URL` of the site, as fans use it")
	flags.Float64Var(&c.Rate, "rate", c.Rate, "arrivals a second; 0 is all at once")
	flags.DurationVar(&c.Duration, "duration", c.Duration, "how long the crowd stays; it ends earlier when every fan has left")
	flags.Float64Var(&c.Buy, "buy", c.Buy, "share of admitted fans who buy; the others leave")
	flags.Float64Var(&c.WalkAway, "walk-away", c.WalkAway, "share of fans who vanish while waiting")
	flags.DurationVar(&c.Think, "think", c.Think, "mean time a fan takes before each step")
	flags.Uint64Var(&c.Seed, "seed", 0, "seed of every random choice; the same seed makes the same fans; 0 draws a seed")
	locals := flags.StringArray("local-addr", nil, "`IP` to connect from; each has about 28,000 ports (repeatable)")
	signing := flags.StringArray("signing-key", nil, "`path` of the nodes' signing key, with which the fans' sessions are made (repeatable, the first signs)")
	flags.BoolVar(&r.remove, "remove", false, "only remove what a killed rehearsal left")
	flags.BoolVar(&r.yes, "yes", false, "rehearse although the season is on sale now")
	flags.BoolVar(&r.asJSON, "json", false, "print the report as JSON")
	r.store.StoreFlags(flags)
	r.store.Log.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return r, err
	}
	var problems []string
	if r.season == "" {
		problems = append(problems, "--season is missing")
	}
	if r.remove {
		if len(problems) > 0 {
			return r, &app.UsageError{Problems: problems}
		}
		return r, nil
	}
	for _, text := range *locals {
		local, err := netip.ParseAddr(text)
		if err != nil {
			problems = append(problems, fmt.Sprintf("--local-addr %q is not an IP address", text))
			continue
		}
		c.LocalAddrs = append(c.LocalAddrs, local.Unmap())
	}
	if len(*signing) == 0 {
		problems = append(problems, "--signing-key is missing: the fans' sessions are made with the nodes' key")
	} else if c.Keys, err = keys.Load(*signing...); err != nil {
		problems = append(problems, "--signing-key: "+err.Error())
	}
	for c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	if problems = append(problems, c.Problems()...); len(problems) > 0 {
		return r, &app.UsageError{Problems: problems}
	}
	return r, nil
}

// printRehearsal writes the report for people, or as JSON.
func printRehearsal(out io.Writer, o *rehearse.Outcome, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(o.Report)
	}
	if o.Crowd != nil {
		if _, err := fmt.Fprintf(out, "%s  %-16s %8d   violations that the audit found\n", o.Crowd.Text(), "audit", o.Report.Violations); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "  %-16s %s\n", "result", o.Report.Result)
	for _, problem := range o.Report.Problems {
		if err == nil {
			_, err = fmt.Fprintf(out, "  %s\n", problem)
		}
	}
	return err
}
