package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"usher/internal/app"
	"usher/internal/testkit/fakenode"
)

// statusOf is the exit status the program would have.
func statusOf(err error) int {
	var exit *app.ExitError
	var usage *app.UsageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Status
	case errors.As(err, &usage):
		return 2
	}
	return 1
}

func together(n int) func() {
	var wait sync.WaitGroup
	wait.Add(n)
	return func() { wait.Done(); wait.Wait() }
}

// TestPlantedFaultsAreFound: each promise that a server breaks is named and makes
// the exit status 1; the same server without the fault is clean.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, fault := range []struct {
		name, found string
		script      func() func(*fakenode.Socket)
	}{
		{"none", "", func() func(*fakenode.Socket) {
			return func(s *fakenode.Socket) {
				s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", 1, 5, 1))
				s.Say(`{"type":"position","position":4,"waiting":9,"etaSeconds":null}`)
				s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 3))
				s.Answer(s.Obliging([]string{"A-1", "A-2"}[s.Fan]))
			}
		}},
		{"a position gets worse", "1 position errors", func() func(*fakenode.Socket) {
			return func(s *fakenode.Socket) {
				if s.Fan == 0 {
					s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", 1, 5, 1))
					s.Say(`{"type":"position","position":4,"waiting":9,"etaSeconds":null}`)
					s.Say(`{"type":"position","position":6,"waiting":9,"etaSeconds":null}`)
				} else {
					s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("none", 0, 0, 1))
				}
				s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 3))
				s.Answer(s.Obliging([]string{"A-1", "A-2"}[s.Fan]))
			}
		}},
		{"a later fan is admitted first", "1 admitted out of order", func() func(*fakenode.Socket) {
			bothIn, laterAdmitted := together(2), make(chan struct{})
			return func(s *fakenode.Socket) {
				s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1))
				s.Heard()
				bothIn()
				if s.Fan == 1 {
					s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 2))
					s.Heard()
					close(laterAdmitted)
				} else {
					<-laterAdmitted
					s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 3))
				}
				s.Answer(s.Obliging([]string{"A-1", "A-2"}[s.Fan]))
			}
		}},
		{"a seat is sold twice", "1 sold twice", func() func(*fakenode.Socket) {
			return func(s *fakenode.Socket) {
				s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("active", 0, 0, 1))
				s.Answer(s.Obliging("A-1"))
			}
		}},
	} {
		for _, form := range []string{"--json=false", "--json=true"} {
			t.Run(fault.name+" "+form, func(t *testing.T) {
				server := fakenode.Start(t, fault.script())
				err := run(t.Context(), []string{
					"--url", server.URL + "?season=demo", "--fans", "2", "--rate", "0", "--buy", "1", "--walk-away", "0", "--think", "1ms", "--seed", "1", form,
				})
				if fault.found == "" {
					if err != nil {
						t.Errorf("a crowd at a server that keeps its promises ends with %v", err)
					}
					return
				}
				if statusOf(err) != 1 || !strings.Contains(err.Error(), fault.found) {
					t.Errorf("the crowd ends with status %d and %v, not with %q", statusOf(err), err, fault.found)
				}
			})
		}
	}
}

func TestACrowdThatCannotRun(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "http://" + taken.Addr().String()
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--url", away}, "no usher answers at " + away},
		{[]string{"--url", "ftp://x", "--fans", "0", "--buy", "2", "--local-addr", "here", "--rate", "fast"}, "--local-addr"},
		{[]string{"--signing-key", "/nowhere.pem"}, "/nowhere.pem"},
		{[]string{"--url", away, "--fans", "100000000"}, "may open"},
	} {
		err := run(context.Background(), c.args)
		if statusOf(err) != 2 || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: status %d, %v; it should say %q", c.args, statusOf(err), err, c.says)
		}
	}
}

func TestEveryProblemIsNamed(t *testing.T) {
	_, _, err := readOptions([]string{"--url", "ftp://x", "--fans", "0", "--buy", "2", "--local-addr", "here", "--rate", "fast"})
	for _, flag := range []string{"--url", "--fans", "--buy", "--local-addr", "--rate"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s is not named in: %v", flag, err)
		}
	}
}
