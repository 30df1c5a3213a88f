package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"usher/internal/app"
	"usher/internal/wire"
)

const checkUsage = `usher check --season S [the options of usher serve]

Tries everything that a sale needs, against the live stores and services, and prints
a line for each subject: ok, warn or FAIL, what was found, and what to do. Run it on
the evening before, on a node's machine and with the node's options. It changes
nothing. Exit status: 0 no line says FAIL, 1 some do, 2 it could not run.`

func checkSale(ctx context.Context, args []string) error {
	o := app.Defaults()
	var fans int
	var asJSON bool
	flags := app.NewFlagSet("check", checkUsage)
	flags.IntVar(&fans, "fans", 0, "how many fans are expected (default: ten for each seat on sale)")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	o.StoreFlags(flags)
	o.KeyFlags(flags)
	o.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	if fans < 0 {
		return &app.UsageError{Problems: []string{fmt.Sprintf("--fans %d is negative", fans)}}
	}
	report, err := app.Check(ctx, o, fans)
	var usage *app.UsageError
	if err == nil {
		err = printCheck(os.Stdout, report, asJSON)
	}
	switch {
	case errors.As(err, &usage):
		return err
	case err != nil:
		return &app.ExitError{Status: 2, Err: err}
	case !report.OK:
		return &app.ExitError{Status: 1, Err: errors.New("the sale must not open like this: see the lines with FAIL")}
	}
	return nil
}

// printCheck writes a line for each subject, or the report as JSON.
func printCheck(out io.Writer, report wire.CheckReport, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(report)
	}
	for _, line := range report.Lines {
		text := line.Found
		if line.Do != "" {
			text += " " + line.Do
		}
		if _, err := fmt.Fprintf(out, "%-4s  %-17s  %s\n", line.State, line.Name, printable(text)); err != nil {
			return err
		}
	}
	return nil
}
