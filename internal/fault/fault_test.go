package fault

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

func TestCodeOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want Code
	}{
		{"nil", nil, ""},
		{"a fault", New(SeatTaken, "A-1 is taken"), SeatTaken},
		{"a wrapped fault", fmt.Errorf("buying: %w", New(Conflict, "no")), Conflict},
		{"a joined fault", errors.Join(io.EOF, New(NotFound, "no")), NotFound},
		{"the outer one of two", Wrap(Unavailable, New(NotFound, "no"), "away"), Unavailable},
		{"a stranger", io.EOF, Internal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := CodeOf(test.err); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if test.want == "" {
				return
			}
			if !Is(test.err, KeyReused, test.want) || Is(test.err, KeyReused) || Is(test.err) {
				t.Error("Is disagrees with CodeOf")
			}
		})
	}
	if Is(nil, Internal) {
		t.Error("no error is an internal one")
	}
}

func TestAFaultKeepsItsCauseForTheLogAlone(t *testing.T) {
	err := Wrap(Unavailable, io.EOF, "the store %s is away", "redis")
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "unavailable: the store redis is away: EOF"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := err.Detail, "the store redis is away"; got != want {
		t.Errorf("detail %q, want %q", got, want)
	}
	if got, want := (&Error{Code: Draining}).Error(), "draining"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSeatsNamesTheSeats(t *testing.T) {
	err := Seats(SeatTaken, []string{"A-1", "A-2"}, "%d seats are taken", 2)
	if err.Code != SeatTaken || err.Detail != "2 seats are taken" || !slices.Equal(err.Seats, []string{"A-1", "A-2"}) {
		t.Errorf("%+v", err)
	}
}
