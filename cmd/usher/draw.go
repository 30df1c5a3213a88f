package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"usher/internal/app"
	"usher/internal/csvsheet"
	"usher/internal/draw"
)

const drawVerifyUsage = `usher draw verify --url URL --season S [--number N] [--user ID]

Downloads a season's draws and checks everything that can be checked from outside,
as docs/draw.md explains. It needs no access to the stores. A season with phases may
have several draws: without --number every one that was held is checked, and what you
noted belongs to the first. Exit status: 0 the draw
is right, 1 it is not (one line for each fault), 2 the check could not run.`

func drawVerify(ctx context.Context, args []string) error {
	var c draw.Check
	var gathered string
	wait := 2 * time.Minute
	flags := app.NewFlagSet("draw verify", drawVerifyUsage)
	flags.StringVar(&c.URL, "url", "", "`URL` of the site")
	flags.StringVar(&c.Season, "season", "", "`id` of the season")
	flags.IntVar(&c.Number, "number", 0, "`number` of the draw to check; 0: every draw that was held")
	flags.StringVar(&c.User, "user", "", "`id` of a user whose rank to show")
	flags.StringVar(&c.Commitment, "commitment", "", "the commitment as `hex`, as it was published before the opening")
	flags.StringVar(&c.Recorded, "recorded", "", "the hash of the gathered and the beacon's round as `hex/round`, as they were published before that round")
	flags.StringVar(&c.Beacon, "beacon-url", "", "`URL` of the beacon you trust")
	flags.StringVar(&gathered, "gathered", "", "`file` with the user ids of all who had gathered, one a line, for an auditor")
	flags.DurationVar(&wait, "timeout", wait, "the longest that the check may take")
	err := flags.ParseOrExplain(args, 0)
	if err != nil {
		return err
	}
	var problems []string
	if c.URL == "" {
		problems = append(problems, "--url is missing")
	}
	if c.Season == "" {
		problems = append(problems, "--season is missing")
	}
	if c.Number < 0 {
		problems = append(problems, fmt.Sprintf("--number is %d; it is the number of a draw, from 1", c.Number))
	}
	if len(problems) > 0 {
		return &app.UsageError{Problems: problems}
	}
	if gathered != "" {
		text, err := os.ReadFile(gathered)
		if err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
		if text, err = csvsheet.Text(text, "UTF-8"); err != nil {
			return &app.ExitError{Status: 2, Err: fmt.Errorf("%s: %w", gathered, err)}
		}
		c.Users = strings.Fields(string(text))
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	checks, err := checksOf(ctx, c)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	var wrong, ranked bool
	for _, one := range checks {
		report, err := draw.Verify(ctx, one)
		if err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
		if len(checks) > 1 {
			fmt.Printf("draw %d:\n", one.Number)
		}
		printReport(one, report)
		wrong, ranked = wrong || len(report.Problems) > 0, ranked || report.Rank > 0
	}
	switch {
	case wrong:
		return &app.ExitError{Status: 1, Err: errors.New("the draw is not what it says")}
	case c.User != "" && !ranked:
		return &app.ExitError{Status: 1, Err: fmt.Errorf("user %s is not among those who had gathered", c.User)}
	}
	return nil
}

// checksOf returns one check for each draw to verify. What the caller noted belongs to
// the first of them.
func checksOf(ctx context.Context, c draw.Check) ([]draw.Check, error) {
	if c.Number > 0 {
		return []draw.Check{c}, nil
	}
	listed, err := draw.List(ctx, c)
	if err != nil {
		return nil, err
	}
	var checks []draw.Check
	for _, one := range listed {
		if !one.Held {
			fmt.Printf("open:  draw %d has not been held\n", one.Number)
			continue
		}
		next := c
		if next.Number = one.Number; len(checks) > 0 {
			next.Commitment, next.Recorded, next.Users = "", "", nil
		}
		checks = append(checks, next)
	}
	if len(checks) == 0 {
		checks = []draw.Check{c} // one draw of a site of the version before, or none
	}
	return checks, nil
}

func printReport(c draw.Check, report draw.Report) {
	for _, line := range report.Checked {
		fmt.Println("right:", printable(line))
	}
	for _, line := range report.Open {
		fmt.Println("open: ", printable(line))
	}
	for _, line := range report.Problems {
		fmt.Println("WRONG:", printable(line))
	}
	switch {
	case c.User != "" && report.Rank > 0:
		fmt.Printf("user %s has rank %d of %d\n", c.User, report.Rank, report.Account.Count)
	case c.User != "":
		fmt.Printf("user %s is not among the %d who had gathered\n", c.User, report.Account.Count)
	}
}

// printable takes out what a site could play tricks on a terminal with.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, line)
}
