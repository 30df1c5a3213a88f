package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"usher/booking"
	"usher/booking/feed"
	"usher/internal/app"
)

const feedListUsage = `usher feed list [--json]

Lists the events that endpoints of the transactions feed have not accepted: those
that are still tried, and those that were given up. The endpoint "mail" are mails
to fans. docs/feed.md and docs/mail.md explain the feed and the mails.`

func feedList(ctx context.Context, args []string) error {
	var asJSON bool
	flags := func(s *app.FlagSet) { s.BoolVar(&asJSON, "json", false, "print one JSON array") }
	return operate(ctx, args, 0, feedListUsage, flags, func(ctx context.Context, b *booking.Booking, _ []string) error {
		list, err := b.Feed().Undelivered(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			if list == nil {
				list = []feed.Undelivered{}
			}
			return json.NewEncoder(os.Stdout).Encode(list)
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "EVENT\tTYPE\tOF\tENDPOINT\tSTATE\tFAILED\tLAST")
		for _, d := range list {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", d.Event, d.Type, d.At.Format(time.RFC3339), d.URL, d.State, d.Attempts, d.Error)
		}
		return table.Flush()
	})
}

const feedRetryUsage = `usher feed retry --event ID | --all

Retries an event that was given up, or all of them, for as long again. With --all,
endpoints that answered 410 Gone get events again. Running nodes begin within
seconds.`

func feedRetry(ctx context.Context, args []string) error {
	var event string
	var all bool
	flags := func(s *app.FlagSet) {
		s.StringVar(&event, "event", "", "`id` of the event")
		s.BoolVar(&all, "all", false, "every event that was given up, and every endpoint that answered 410")
	}
	return operate(ctx, args, 0, feedRetryUsage, flags, func(ctx context.Context, b *booking.Booking, _ []string) error {
		if all == (event != "") {
			return &app.UsageError{Problems: []string{"either --event or --all must be given"}}
		}
		asked, err := b.Feed().Retry(ctx, event, operator())
		if err != nil {
			return err
		}
		fmt.Printf("%d events are tried again\n", asked)
		if !all {
			return nil
		}
		resumed, err := b.Feed().Resume(ctx)
		if err != nil {
			return err
		}
		if resumed > 0 {
			fmt.Printf("%d endpoints that had answered 410 get events again\n", resumed)
		}
		return nil
	})
}
