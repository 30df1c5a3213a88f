package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/gate"
	"usher/internal/keys"
	"usher/internal/ticket"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// statusOf is what the program would exit with.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	var exit *app.ExitError
	var usage *app.UsageError
	switch {
	case err == nil || app.IsHelp(err):
		return 0
	case errors.As(err, &exit):
		return exit.Status
	case errors.As(err, &usage):
		return 2
	}
	t.Fatalf("the program would exit with 1, which is for tickets that are not valid: %v", err)
	return 1
}

// TestEveryCodeGetsItsLine: in order, with what was found, and the worst decides
// the exit status.
func TestEveryCodeGetsItsLine(t *testing.T) {
	ring, err := keys.Generate()
	must(t, err)
	sign := func(typ, id string) string {
		code, err := ring.Sign(typ, &ticket.Claims{Issuer: "usher", Audience: "gate", ID: id, Season: "demo", Seat: "A-14", IssuedAt: 1})
		must(t, err)
		return code
	}
	const newID, newBack = "65f1c0ffee65f1c0ffee0002", "65f1c0ffee65f1c0ffee0003"
	compact := func(season, id string) string {
		code, err := ticket.Sign(ring, id, season, "A 15", time.Now())
		must(t, err)
		return code
	}
	list, err := gate.SignVoids(ring, "demo", time.Now(), []string{"given-back", newBack})
	must(t, err)
	text, err := json.Marshal(list)
	must(t, err)
	voids, err := gate.ReadVoids(&ring.Public, text)
	must(t, err)
	checker := &gate.Checker{Public: &ring.Public, Voids: voids}
	good, back, place := sign(ticket.Type, "one"), sign(ticket.Type, "given-back"), sign("usher-place", "one")
	for name, c := range map[string]struct {
		codes  string
		status int
		want   []string // what each line begins with
	}{
		"one good":             {good, 0, []string{"valid\tdemo\tA-14\tone\t-"}},
		"Enter and empty ones": {"\r\n" + good + "\r\n\n", 0, []string{"valid"}},
		"in order":             {good + "\n" + back + "\n" + good, 1, []string{"valid", "void\tdemo\tA-14\tgiven-back\tthe ticket", "valid"}},
		"new codes":            {compact("demo", newID) + "\n" + compact("demo", newBack) + "\r\n" + good, 1, []string{"valid\tdemo\tA 15\t" + newID, "void\tdemo\tA 15\t" + newBack, "valid\tdemo\tA-14"}},
		"another season's":     {compact("other", newID), 1, []string{"invalid\tother\tA 15\t" + newID}},
		"a longer code":        {compact("demo", newID) + "000", 1, []string{"invalid\t-"}},
		"garbage":              {"hello", 1, []string{"invalid\t-\t-\t-\tthe text is not"}},
		"a place in the line":  {place, 1, []string{"invalid"}},
		"none":                 {"", 2, nil},
		"a line without end":   {strings.Repeat("x", 2<<20), 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if got := statusOf(t, verifyTickets(checker, linesOf(t.Context(), strings.NewReader(c.codes)), &out)); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if c.want == nil {
				lines = nil
			}
			if len(lines) != len(c.want) {
				t.Fatalf("printed %q, want %d lines", out.String(), len(c.want))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d is %q, want %q", i, lines[i], want)
				}
			}
		})
	}
	if got := statusOf(t, verifyTickets(checker, wordsOf([]string{good}), failingWriter{})); got != 2 {
		t.Errorf("with nowhere to print it exits %d", got)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestAGateMadeOfATerminalCanBeStopped: each code is answered at once, while more
// may come, and an interrupt ends it while no input arrives.
func TestAGateMadeOfATerminalCanBeStopped(t *testing.T) {
	ring, err := keys.Generate()
	must(t, err)
	in, typed := io.Pipe()
	answers, out := io.Pipe()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- verifyTickets(&gate.Checker{Public: &ring.Public}, linesOf(ctx, in), out)
	}()
	_, err = io.WriteString(typed, "hello\n")
	must(t, err)
	line, err := bufio.NewReader(answers).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "invalid\t") {
		t.Errorf("answered %q, %v", line, err)
	}
	interrupt()
	if got := statusOf(t, <-ended); got != 1 {
		t.Errorf("after one bad code it exits %d", got)
	}
	must(t, typed.Close())
}

// TestTicketsVerifyRunsOnlyWithKeys: what it cannot read stops it with status 2.
func TestTicketsVerifyRunsOnlyWithKeys(t *testing.T) {
	ring, err := keys.Generate()
	must(t, err)
	jwks := filepath.Join(t.TempDir(), "jwks.json")
	must(t, os.WriteFile(jwks, ring.JWKS(), 0o600))
	code, err := ring.Sign(ticket.Type, &ticket.Claims{Issuer: "usher", Audience: "gate", ID: "one", Season: "demo", Seat: "A-14"})
	must(t, err)
	for name, c := range map[string]struct {
		args   []string
		status int
	}{
		"good":                 {[]string{"--jwks", jwks, code, code}, 0},
		"one bad":              {[]string{"--jwks", jwks, code, code + "x"}, 1},
		"another season":       {[]string{"--jwks", jwks, "--season", "other", code}, 1},
		"help":                 {[]string{"--help"}, 0},
		"no keys":              {[]string{code}, 2},
		"keys not there":       {[]string{"--jwks", jwks + "x", code}, 2},
		"no void list":         {[]string{"--jwks", jwks, "--voids", jwks, code}, 2},
		"an option unheard of": {[]string{"--jwks", jwks, "--key", "x", code}, 2},
	} {
		if got := statusOf(t, ticketsVerify(t.Context(), c.args)); got != c.status {
			t.Errorf("%s: status %d, want %d", name, got, c.status)
		}
	}
}
