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

const drawVerifyUsage = `usher draw verify --url URL --season S [--user ID]

Downloads a season's draw and checks everything that can be checked from outside,
as docs/draw.md explains. It needs no access to the stores. Exit status: 0 the draw
is right, 1 it is not (one line for each fault), 2 the check could not run.`

func drawVerify(ctx context.Context, args []string) error {
	var c draw.Check
	var gathered string
	wait := 2 * time.Minute
	flags := app.NewFlagSet("draw verify", drawVerifyUsage)
	flags.StringVar(&c.URL, "url", "", "`URL` of the site")
	flags.StringVar(&c.Season, "season", "", "`id` of the season")
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
	report, err := draw.Verify(ctx, c)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
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
	case len(report.Problems) > 0:
		return &app.ExitError{Status: 1, Err: errors.New("the draw is not what it says")}
	case c.User != "" && report.Rank == 0:
		return &app.ExitError{Status: 1, Err: fmt.Errorf("user %s is not among the %d who had gathered", c.User, report.Account.Count)}
	case c.User != "":
		fmt.Printf("user %s has rank %d of %d\n", c.User, report.Rank, report.Account.Count)
	}
	return nil
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
