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

Writes a file for spreadsheets, CSV or an Excel workbook (in which seat MAR-1 stays
what it is): every seat sold with its ticket, or what was
taken by category. Without --out it goes to the standard output. It is of one
moment, though the sale goes on, and docs/feed.md describes its columns.`

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
		s.StringVar(&form, "format", string(booking.CSV), "`form` of the file: csv, or xlsx, in which a spreadsheet takes text for text")
		s.StringVar(&out, "out", "", "`file` to write; it appears when it is whole")
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
