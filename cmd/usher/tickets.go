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

Checks the codes of tickets without a server, as docs/gate.md explains: by the
site's public keys (/.well-known/jwks.json) and, if given, by its list of tickets
that were given back (/checkins/voids?season=S). Both may be files that were
downloaded before. Codes are arguments or, without any, lines of the standard
input, each answered at once with one line: valid, void, invalid, or not_checked
where the scanner types with another keyboard layout; then season, seat, ticket
and why, apart by tabs. Exit status 0 is all valid, 1 some not, 2
could not run. It does not know who has come in already.`

func ticketsVerify(ctx context.Context, args []string) error {
	var from gate.Sources
	wait := 30 * time.Second
	flags := app.NewFlagSet("tickets verify", ticketsVerifyUsage)
	flags.StringVar(&from.JWKS, "jwks", "", "`URL` or path of the public keys")
	flags.StringVar(&from.Voids, "voids", "", "`URL` or path of the void list")
	flags.StringVar(&from.Season, "season", "", "`id` of the season that is let in (default: any, or that of the void list)")
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
		fmt.Fprintf(os.Stderr, "the void list has %d tickets of season %s and is of %s\n", voids.Len(), voids.Season, voids.AsOf.UTC().Format(time.RFC3339))
	}
	codes := linesOf(ctx, os.Stdin)
	if flags.NArg() > 0 {
		codes = wordsOf(flags.Args())
	}
	return verifyTickets(checker, codes, os.Stdout)
}

// verifyTickets answers every code with a line as soon as it comes.
func verifyTickets(checker *gate.Checker, codes iter.Seq2[string, error], out io.Writer) error {
	checked, bad := 0, 0
	for code, err := range codes {
		if err != nil {
			return &app.ExitError{Status: 2, Err: fmt.Errorf("reading the codes: %w", err)}
		}
		if strings.TrimSpace(code) == "" {
			continue
		}
		verdict := checker.Check(code)
		checked++
		if verdict.Result != gate.Valid {
			bad++
		}
		t := verdict.Ticket
		_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", verdict.Result, orDash(t.Season), orDash(t.Seat), orDash(t.ID), orDash(verdict.Why))
		if err != nil {
			return &app.ExitError{Status: 2, Err: err}
		}
	}
	switch {
	case checked == 0:
		return &app.ExitError{Status: 2, Err: errors.New("no code was given")}
	case bad > 0:
		return &app.ExitError{Status: 1, Err: fmt.Errorf("%d of %d are not valid", bad, checked)}
	}
	return nil
}

// orDash keeps a column from being empty, for tools that split lines.
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

// linesOf gives lines of any length up to a megabyte as they come, until they end
// or the program is told to. A read from a terminal cannot be interrupted: the
// goroutine in it is left to the end of the process, which is then at hand.
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
