package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"usher/internal/app"
	"usher/internal/crowd"
	"usher/internal/keys"
)

const usage = `usher-crowd

Sends simulated fans to a running Usher: they sign in, wait in line, take their
turn, hold seats, buy or walk away, and every step is timed. The crowd checks the
server's messages: positions never get worse and follow the order of arrival, no
fan is admitted past an earlier fan who is present, and no seat is sold twice.
A fan who waits and reads that every seat is sold leaves, and counts as sold out.
SIGINT ends the crowd early and prints the report.

usher-dev signs the fans in by itself. For usher serve give its --signing-key, with
which this program makes their sessions. Start the server with --limit-upgrades 0
if fans will lose their sockets often. Payments need the sandbox. Exit status: 0
all checks passed, 1 a check failed, 2 the crowd could not run.`

func run(ctx context.Context, args []string) error {
	o, asJSON, err := readOptions(args)
	if err != nil {
		return err
	}
	display := crowd.NewDisplay(os.Stderr)
	o.Progress = display.Show
	report, err := crowd.Run(ctx, o)
	display.Clear()
	if err != nil {
		return &app.ExitError{Status: 2, Err: fmt.Errorf("usher-crowd could not run: %w", err)}
	}
	if asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else {
		_, err = fmt.Print(report.Text())
	}
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	if report.Broken() {
		return &app.ExitError{Status: 1, Err: fmt.Errorf("usher-crowd: %d position errors, %d admitted out of order, %d sold twice",
			report.PositionErrors, report.OutOfOrder, report.SoldTwice)}
	}
	return nil
}

// readOptions reads a command line. Its error names every problem.
func readOptions(args []string) (o crowd.Options, asJSON bool, err error) {
	o = crowd.Defaults()
	flags := app.NewFlagSet("usher-crowd", usage)
	flags.StringVar(&o.URL, "url", o.URL, "`URL` of the server; ?season= names the season")
	flags.StringVar(&o.Season, "season", "", "`id` of the season (default: the URL's, else the server's default season)")
	flags.IntVar(&o.Fans, "fans", o.Fans, "how many fans come")
	flags.Float64Var(&o.Rate, "rate", o.Rate, "arrivals a second; 0 is all at once")
	flags.DurationVar(&o.Duration, "duration", o.Duration, "how long the crowd stays; it ends earlier when every fan has left")
	flags.Float64Var(&o.Buy, "buy", o.Buy, "share of admitted fans who buy; the others leave")
	flags.Float64Var(&o.WalkAway, "walk-away", o.WalkAway, "share of fans who vanish while waiting")
	flags.DurationVar(&o.Think, "think", o.Think, "mean time a fan takes before each step")
	signing := flags.StringArray("signing-key", nil, "`path` of the server's signing key, with which the fans' sessions are made; without it the fans sign in by POST /auth/dev (repeatable, the first signs)")
	locals := flags.StringArray("local-addr", nil, "`IP` to connect from; each has about 28,000 ports (repeatable)")
	flags.Uint64Var(&o.Seed, "seed", 0, "seed of every random choice; the same seed makes the same fans; 0 draws a seed")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	var unread *app.UsageError // its problems are reported together with those found below
	if err := flags.ParseOrExplain(args, 0); err != nil && !errors.As(err, &unread) {
		return o, asJSON, err
	}
	var problems []string
	if unread != nil {
		problems = unread.Problems
	}
	for _, text := range *locals {
		local, err := netip.ParseAddr(text)
		if err != nil {
			problems = append(problems, fmt.Sprintf("--local-addr %q is not an IP address", text))
			continue
		}
		o.LocalAddrs = append(o.LocalAddrs, local.Unmap())
	}
	if len(*signing) > 0 {
		if o.Keys, err = keys.Load(*signing...); err != nil {
			problems = append(problems, "--signing-key: "+err.Error())
		}
	}
	for o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if problems = append(problems, o.Problems()...); len(problems) > 0 {
		return o, asJSON, &app.UsageError{Problems: problems}
	}
	return o, asJSON, nil
}
