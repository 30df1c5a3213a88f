package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"usher/internal/app"
	"usher/internal/gate"
)

const ticketsVerifyUsage = `usher tickets verify --jwks URL|FILE [--voids URL|FILE] [--season S] [CODE…]

Checks the codes of tickets without a server, as docs/gate.md explains. It uses the
site's public keys (/.well-known/jwks.json) and, if given, its list of refunded
tickets (/checkins/voids?season=S). Both may be downloaded files.

Codes are arguments. Without arguments, each line of standard input is a code. The
answer to each code is one line with tabs between its fields: the result, season,
seat, ticket and reason. The result is valid, void, invalid, or not_checked if the
scanner uses another keyboard layout. Exit status: 0 all codes are valid, 1 some are
not, 2 the check could not run. It does not know which tickets were used before.`

func ticketsVerify(ctx context.Context, args []string) error {
	var from gate.Sources
	wait := 30 * time.Second
	flags := app.NewFlagSet("tickets verify", ticketsVerifyUsage)
	flags.StringVar(&from.JWKS, "jwks", "", "`URL` or path of the public keys")
	flags.StringVar(&from.Voids, "voids", "", "`URL` or path of the void list")
	flags.StringVar(&from.Season, "season", "", "`id` of the season that is admitted (default: any, or that of the void list)")
	flags.DurationVar(&wait, "timeout", wait, "the longest that reading keys and void list may take")
	if err := flags.ParseOrExplain(args, app.AnyWords); err != nil {
		return err
	}
	if from.JWKS == "" {
		return &app.UsageError{Problems: []string{"--jwks is missing"}}
	}
	reading, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	checker, err := gate.Load(reading, from)
	if err != nil {
		return &app.ExitError{Status: 2, Err: err}
	}
	if voids := checker.Voids; voids != nil {
		fmt.Fprintf(os.Stderr, "the void list has %d tickets of season %s, as of %s\n", voids.Len(), voids.Season, voids.AsOf.UTC().Format(time.RFC3339))
	}
	codes := linesOf(ctx, os.Stdin)
	if flags.NArg() > 0 {
		codes = wordsOf(flags.Args())
	}
	return verifyTickets(checker, codes, os.Stdout)
}

// verifyTickets prints the result of every code as soon as the code arrives.
func verifyTickets(checker *gate.Checker, codes iter.Seq2[string, error], out io.Writer) error {
	checked, bad := 0, 0
	for code, err := range codes {
		if err != nil {
			return &app.ExitError{Status: 2, Err: fmt.Errorf("reading the codes: %w", err)}
		}
		if strings.TrimSpace(code) == "" {
			continue
		}
		outcome := checker.Check(code)
		checked++
		if outcome.Result != gate.Valid {
			bad++
		}
		t := outcome.Ticket
		_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", outcome.Result, orDash(t.Season), orDash(t.Seat), orDash(t.ID), orDash(outcome.Why))
		if err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
	}
	switch {
	case checked == 0:
		return &app.ExitError{Status: 2, Err: errors.New("no code was given: pass codes as arguments or on standard input")}
	case bad > 0:
		return &app.ExitError{Status: 1, Err: fmt.Errorf("%d of %d codes are not valid", bad, checked)}
	}
	return nil
}

// orDash is text, or "-" so that tools that split lines find every column.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func wordsOf(words []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, word := range words {
			if !yield(word, nil) {
				return
			}
		}
	}
}

// linesOf yields lines of at most a megabyte as they arrive, until the input or ctx
// ends. A read from a terminal cannot be interrupted: if ctx ends first, the reading
// goroutine ends with the process.
func linesOf(ctx context.Context, from io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		type line struct {
			text string
			err  error
		}
		read := make(chan line)
		give := func(l line) bool {
			select {
			case read <- l:
				return true
			case <-ctx.Done():
				return false
			}
		}
		go func() {
			defer close(read)
			lines := bufio.NewScanner(from)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				if !give(line{text: lines.Text()}) {
					return
				}
			}
			if err := lines.Err(); err != nil {
				give(line{err: err})
			}
		}()
		for {
			select {
			case l, more := <-read:
				if !more || !yield(l.text, l.err) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
