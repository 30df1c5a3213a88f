package main

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/app"
)

const auditUsage = `usher audit --season S

Checks every invariant of ARCHITECTURE.md against Redis and MongoDB. Exit status
0 is clean, 1 a violation (each on its line), 2 could not run.`

func audit(ctx context.Context, args []string) error {
	o := app.Defaults()
	var season string
	flags := app.NewFlagSet("audit", auditUsage)
	flags.StringVar(&season, "season", "", "`id` of the season")
	o.StoreFlags(flags)
	o.PaymentFlags(flags)
	o.Log.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	if season == "" {
		return &app.UsageError{Problems: []string{"--season is missing"}}
	}
	rooms, err := app.OpenRooms(o)
	if err != nil {
		return err
	}
	defer rooms.Close()
	if _, err := rooms.Booking.Season(ctx, season); err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	line, err := rooms.Queue.Audit(ctx, season)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	drawn, err := rooms.Queue.AuditDraw(ctx, season)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	line = append(line, drawn...)
	sales, err := rooms.Booking.Audit(ctx, season)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	violations := append(line, sales...)
	for _, violation := range violations {
		fmt.Println(violation)
	}
	if len(violations) > 0 {
		return &app.ExitError{Status: 1, Err: errors.New(fmt.Sprint(len(violations), " violations"))}
	}
	return nil
}
