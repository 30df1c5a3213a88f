package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"usher/booking"
	"usher/internal/app"
)

const exportUsage = `usher export sold|takings --season S [--format csv|xlsx] [--out FILE]

Writes a file for spreadsheets, as CSV or as an Excel workbook: every sold seat with
its ticket, or the takings by category. A workbook keeps text as text; from a CSV
file a spreadsheet makes a date of seat MAR-1. Without --out the file goes to
standard output. It shows one moment, even while the sale goes on. docs/feed.md
describes its columns.`

func exportSold(ctx context.Context, args []string) error {
	return export(ctx, args, (*booking.Booking).ExportSold)
}

func exportTakings(ctx context.Context, args []string) error {
	return export(ctx, args, (*booking.Booking).ExportTakings)
}

func export(ctx context.Context, args []string, write func(*booking.Booking, context.Context, string, booking.SheetFormat, io.Writer, func()) error) error {
	var season, out, form string
	flags := func(s *app.FlagSet) {
		s.StringVar(&season, "season", "", "`id` of the season")
		s.StringVar(&form, "format", string(booking.CSV), "`format` of the file: csv or xlsx")
		s.StringVar(&out, "out", "", "`file` to write; it appears when it is complete")
	}
	return operate(ctx, args, 0, exportUsage, flags, func(ctx context.Context, b *booking.Booking, _ []string) error {
		if season == "" {
			return &app.UsageError{Problems: []string{"--season is missing"}}
		}
		format, err := booking.ParseSheetFormat(form)
		if err != nil {
			return &app.UsageError{Problems: []string{fmt.Sprintf("--format %q: %v", form, err)}}
		}
		if out == "" {
			return write(b, ctx, season, format, os.Stdout, nil)
		}
		return writeWhole(out, func(w io.Writer) error { return write(b, ctx, season, format, w, nil) })
	})
}

// writeWhole writes a file that is there either wholly or not at all.
func writeWhole(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s is not written: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}
