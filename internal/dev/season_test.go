package dev_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/dev"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/testkit"
)

func newBooking(t *testing.T, o booking.Options) *booking.Booking {
	t.Helper()
	b, err := booking.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeedingAgainKeepsWhatItDoesNotName(t *testing.T) {
	opened := testkit.Open(t, "")
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	options := booking.Options{
		Redis: opened.Redis, Mongo: opened.Mongo, Keys: ring, Node: "n1",
		Provider: payment.NewSandbox(opened.Mongo), Notify: func([]booking.Event) {},
	}
	ctx := context.Background()
	season := testkit.SeasonID()
	demo := dev.DefaultDemo()
	demo.Seats = 50
	if err := dev.Seed(ctx, newBooking(t, options), season, demo); err != nil {
		t.Fatal(err)
	}
	first := newBooking(t, options)
	got, err := first.Season(ctx, season)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Spring Gala 2027" || got.Currency != "EUR" || got.ActiveLimit != 3 || got.MaxSeats != 6 ||
		time.Duration(got.TurnWindow) != time.Minute || time.Duration(got.Lease) != 90*time.Second ||
		time.Duration(got.Session) != 15*time.Minute || time.Duration(got.Hold) != 5*time.Minute {
		t.Errorf("%+v", got)
	}
	if _, err := first.ApplySeason(ctx, season, []byte(`{"name":"Autumn Gala","refunds":false}`), "admin"); err != nil {
		t.Fatal(err)
	}

	demo.ActiveLimit, demo.Lease = 1, time.Minute
	demo.Asked = func(setting string) bool { return setting == "activeLimit" }
	restarted := newBooking(t, options)
	if err := dev.Seed(ctx, restarted, season, demo); err != nil {
		t.Fatal(err)
	}
	got, err = newBooking(t, options).Season(ctx, season)
	if err != nil {
		t.Fatal(err)
	}
	if got.ActiveLimit != 1 || time.Duration(got.Lease) != 90*time.Second || got.Name != "Autumn Gala" || got.Refunds {
		t.Errorf("after a restart %+v", got)
	}
}

// scripted is a booking whose answers a test sets.
type scripted struct {
	seasonErrs, importErrs []error // answered one after another, then none
	version                int64
	patch                  string
	imports                int
}

func next(errs *[]error) error {
	if len(*errs) == 0 {
		return nil
	}
	err := (*errs)[0]
	*errs = (*errs)[1:]
	return err
}

func (s *scripted) Season(context.Context, string) (int, error) { return 0, next(&s.seasonErrs) }

func (s *scripted) ApplySeason(_ context.Context, _ string, patch []byte, _ string) (int, error) {
	s.patch = string(patch)
	return 0, nil
}

func (s *scripted) PlanVersion(context.Context, string) (int64, error) { return s.version, nil }

func (s *scripted) ImportPlan(_ context.Context, _ string, csv io.Reader, _ string) (string, error) {
	s.imports++
	_, err := io.Copy(io.Discard, csv)
	return "", errors.Join(err, next(&s.importErrs))
}

func TestSeedingWaitsForTheStoresAndLeavesAPlanUnderSale(t *testing.T) {
	away := fault.New(fault.Unavailable, "not yet")
	tests := []struct {
		name    string
		booking scripted
		want    fault.Code
		imports int
	}{
		{"stores that come up", scripted{seasonErrs: []error{away, away}, importErrs: []error{away}}, "", 2},
		{"a plan under sale", scripted{importErrs: []error{fault.New(fault.Conflict, "on sale")}}, "", 1},
		{"a plan that is refused", scripted{importErrs: []error{fault.New(fault.InvalidRequest, "bad")}}, fault.InvalidRequest, 1},
		{"settings that cannot be read", scripted{seasonErrs: []error{errors.New("bug")}}, fault.Internal, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := dev.Seed(context.Background(), &test.booking, "demo", dev.DefaultDemo())
			if got := fault.CodeOf(err); got != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			if test.booking.imports != test.imports {
				t.Errorf("%d imports, want %d", test.booking.imports, test.imports)
			}
		})
	}
}

func TestAPlanThatIsThereStaysUnlessSeatsWereAskedFor(t *testing.T) {
	for _, test := range []struct {
		version int64
		asked   bool
		imports int
	}{{0, false, 1}, {1, false, 0}, {1, true, 1}} {
		demo := dev.DefaultDemo()
		demo.Asked = func(string) bool { return test.asked }
		booking := scripted{version: test.version}
		if err := dev.Seed(context.Background(), &booking, "demo", demo); err != nil {
			t.Fatal(err)
		}
		if booking.imports != test.imports || (booking.patch != "") != test.asked {
			t.Errorf("%+v: %d imports, patch %q", test, booking.imports, booking.patch)
		}
	}
}

func TestSeedingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := dev.Seed(ctx, &scripted{seasonErrs: []error{fault.New(fault.Unavailable, "away")}}, "demo", dev.DefaultDemo())
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}
