package booking

import (
	"context"
	"encoding/json"
	"time"

	"usher/booking/seats"
)

// seatsSource gives package seats the settings, plans and claims it needs.
type seatsSource struct{ b *Booking }

var _ seats.Source = seatsSource{}

func seatSettingsOf(s Season) seats.Settings {
	return seats.Settings{
		Season: s.ID, Revision: s.Revision, MaxSeats: s.MaxSeats, Hold: time.Duration(s.Hold), ClosesAt: s.saleCloses(), Currency: s.Currency,
	}
}

func (f seatsSource) Settings(ctx context.Context, season string) (seats.Settings, error) {
	s, err := f.b.Season(ctx, season)
	return seatSettingsOf(s), err
}

func (f seatsSource) Plan(ctx context.Context, season string) (seats.Plan, error) {
	return seatsPlan(f.b.cachedPlan(ctx, season))
}

func (f seatsSource) ReloadPlan(ctx context.Context, season string) (seats.Plan, error) {
	return seatsPlan(f.b.reloadPlan(ctx, season))
}

func (f seatsSource) NewestPlan(ctx context.Context, season string) (seats.Plan, error) {
	return seatsPlan(f.b.newestPlan(ctx, season))
}

func seatsPlan(current *cachedPlan, err error) (seats.Plan, error) {
	if err != nil {
		return seats.Plan{}, err
	}
	return seats.Plan{Plan: current.Plan, Decided: current.decided}, nil
}

func (f seatsSource) KnowsSeats(season string, seats []string) bool {
	return f.b.knowsSeats(season, seats)
}

func (f seatsSource) LookUp(ctx context.Context, season string, seats []string) (*Plan, []int, error) {
	return f.b.lookUp(ctx, season, seats)
}

func (f seatsSource) ChangedSeats(ctx context.Context, season string, version int64, after *Plan) (string, error) {
	return f.b.changedSince(ctx, season, version, after)
}

func (f seatsSource) OpenClaims(ctx context.Context, season string) ([]seats.Claim, error) {
	return f.b.openClaims(ctx, season)
}

// notify forwards events of seats and carts.
func (b *Booking) notify(from []seats.Event) {
	events := make([]Event, len(from))
	for i, n := range from {
		events[i] = Event{Kind: CartChanged, Season: n.Season, User: n.User, Cart: n.Cart, Reason: n.Reason}
		if n.Delta != nil {
			events[i] = Event{Kind: SeatsChanged, Season: n.Season, Delta: n.Delta, Freed: n.Freed}
		}
	}
	b.o.Notify(events)
}

// settled handles a transaction that a script announced: it notifies the buyer and stops
// watching the order.
func (b *Booking) settled(season string, transaction json.RawMessage) error {
	event, err := settledEvent(season, transaction)
	if err != nil {
		return err
	}
	b.purchases.notified(event.Transaction.ID)
	b.o.Notify([]Event{event})
	return nil
}

// Hold holds the named seats for an active user, all or none. Holding a seat twice changes
// nothing. Errors: not_found, invalid_request, not_admitted, seat_taken, unknown_seat,
// seat_limit, season_closed, conflict (being bought), unavailable.
func (b *Booking) Hold(ctx context.Context, season, user string, seats []string) (Cart, error) {
	return b.seats.Hold(ctx, season, user, seats)
}

// HoldTyped is Hold at prices of types: seat number → type; a seat without an entry, or with
// "", is held at the normal price. Holding a seat again with another type changes its price,
// and not the cart's time. Errors: also invalid_request for a type that a seat does not have.
func (b *Booking) HoldTyped(ctx context.Context, season, user string, seats []string, types map[string]string) (Cart, error) {
	return b.seats.HoldTyped(ctx, season, user, seats, types)
}

// HoldAreas holds units of areas, which the server chooses, and the named seats with them,
// all or none. Errors: as HoldTyped, and sold_out when an area has fewer free units than
// asked for.
func (b *Booking) HoldAreas(ctx context.Context, season, user string, seats []string, types map[string]string, areas []AreaCount) (Cart, error) {
	return b.seats.HoldAreas(ctx, season, user, seats, types, areas)
}

// Extend gives a user's cart a minute more, once, within the session. Extending a cart
// again changes nothing. Errors: not_found, not_admitted, season_closed, hold_expired
// (nothing is held), conflict, unavailable.
func (b *Booking) Extend(ctx context.Context, season, user string) (Cart, error) {
	return b.seats.Extend(ctx, season, user)
}

// HoldBest holds the best available seats. Errors: as Hold, and no_adjacent_seats, sold_out
// when fewer seats are left than requested.
func (b *Booking) HoldBest(ctx context.Context, season, user string, best Best) (Cart, error) {
	return b.seats.HoldBest(ctx, season, user, best)
}

// Release frees held seats; none named means all. Errors: not_found, conflict when one
// is being bought, unavailable.
func (b *Booking) Release(ctx context.Context, season, user string, seats []string) (Cart, error) {
	return b.seats.Release(ctx, season, user, seats)
}

// ReleaseInactive frees the held seats of the users who have lost their place. Seats being
// bought stay, and so do the seats of active users.
func (b *Booking) ReleaseInactive(ctx context.Context, season string, users ...string) error {
	return b.seats.ReleaseInactive(ctx, season, users...)
}

// Cart returns a user's held seats. Errors: not_found, unavailable.
func (b *Booking) Cart(ctx context.Context, season, user string) (Cart, error) {
	return b.seats.Cart(ctx, season, user)
}

// Snapshot returns the status of every seat, from memory. It contains every change that
// this node has made. Errors: not_found, unavailable until the season's mirror is ready.
func (b *Booking) Snapshot(ctx context.Context, season string) (*Snapshot, error) {
	return b.seats.Snapshot(ctx, season)
}

// Rebuild writes a season's seats to Redis from MongoDB: settings, plan version, taken
// seats. It only adds, and may run twice and on several nodes. After an error the season
// must not be opened.
func (b *Booking) Rebuild(ctx context.Context, season string, epoch int64) error {
	return b.seats.Rebuild(ctx, season, epoch)
}
