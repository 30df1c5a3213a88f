package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"text/tabwriter"
	"time"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/fault"
)

const seasonApplyUsage = `usher season apply FILE.yaml

Creates a season, or changes the settings that the file names. A setting that the
file leaves out keeps its value; in a new season it has its default.`

func seasonApply(ctx context.Context, args []string) error {
	return operate(ctx, args, 1, seasonApplyUsage, nil, func(ctx context.Context, b *booking.Booking, words []string) error {
		text, err := os.ReadFile(words[0])
		if err != nil {
			return err
		}
		id, patch, err := booking.ParseSettingsYAML(text)
		if err != nil {
			return fmt.Errorf("%s: %w", words[0], err)
		}
		season, err := b.ApplySeason(ctx, id, patch, operator())
		if err != nil {
			return fmt.Errorf("%s: %w", words[0], err)
		}
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(season.Settings)
	})
}

const seasonListUsage = `usher season list

Lists every season with its opening, its limit and whether it is paused.`

func seasonList(ctx context.Context, args []string) error {
	return operate(ctx, args, 0, seasonListUsage, nil, func(ctx context.Context, b *booking.Booking, _ []string) error {
		seasons, err := b.Seasons(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tOPENS\tCLOSES\tLIMIT\tPAUSED")
		for _, s := range seasons {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%t\n", s.ID, s.Name, moment(s.OpensAt, "now"), moment(s.ClosesAt, "never"), s.ActiveLimit, s.Paused)
		}
		return table.Flush()
	})
}

func moment(t *time.Time, none string) string {
	if t == nil {
		return none
	}
	return t.UTC().Format(time.RFC3339)
}

const seatsImportUsage = `usher seats import --season S FILE.csv

Imports a seat plan: all rows or none. Errors name line and column. The header
is seatNumber,category,price and, optionally, section,row,x,y,status, and
area,capacity for standing places.`

func seatsImport(ctx context.Context, args []string) error {
	var season string
	flags := func(s *app.FlagSet) { s.StringVar(&season, "season", "", "`id` of the season") }
	return operate(ctx, args, 1, seatsImportUsage, flags, func(ctx context.Context, b *booking.Booking, words []string) error {
		if season == "" {
			return &app.UsageError{Problems: []string{"--season is missing"}}
		}
		file, err := os.Open(words[0])
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		imported, err := b.ImportPlan(ctx, season, file, operator())
		if err != nil {
			return importError(words[0], err)
		}
		fmt.Printf("%d seats, version %d\n", imported.Imported, imported.Version)
		for _, warning := range imported.Warnings {
			fmt.Println("warning:", warning)
		}
		return nil
	})
}

// importError lists the problems of a refused plan as file:line:column, as compilers
// do.
func importError(path string, err error) error {
	var refused *fault.Error
	if !errors.As(err, &refused) || len(refused.Rows) == 0 {
		return fmt.Errorf("%s: %w", path, err)
	}
	problems := []error{fmt.Errorf("%s: nothing was imported", path)}
	for _, row := range refused.Rows {
		problems = append(problems, fmt.Errorf("%s:%d:%d: %s", path, row.Line, row.Column, row.Problem))
	}
	return errors.Join(problems...)
}

// operator names who runs this command, for the audit log.
func operator() string {
	if u, err := user.Current(); err == nil {
		return "usher command, " + u.Username
	}
	return "usher command"
}

// operate parses the flags that every operator's command has, opens the stores and
// calls do.
func operate(ctx context.Context, args []string, words int, usage string, more func(*app.FlagSet), do func(context.Context, *booking.Booking, []string) error) error {
	o := app.Defaults()
	flags := app.NewFlagSet("usher", usage)
	o.StoreFlags(flags)
	o.Log.Flags(flags)
	if more != nil {
		more(flags)
	}
	if err := flags.ParseOrExplain(args, words); err != nil {
		return err
	}
	services, err := app.OpenServices(o)
	if err != nil {
		return err
	}
	defer services.Close()
	return do(ctx, services.Booking, flags.Args())
}
