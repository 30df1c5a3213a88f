package seats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
)

// Order is what the seats know of an order: whose it is, which seats, and under
// which version of the plan.
type Order struct {
	Season      string
	User        string
	Transaction string
	Plan        int64
	Seats       []Ref
}

// Ref names a seat in Redis.
type Ref struct {
	Number string // "": not known; only a hold is found by the number, and a pin ends by itself
	Index  int
}

// ForeignMark is the mark of another transaction on a seat.
type ForeignMark struct {
	Index string
	Mark  string // "<transaction> <user>"
}

// ErrNotOnSale says that the plan or the settings in Redis are not those that the
// node knows.
var ErrNotOnSale = fault.New(fault.Unavailable, "the season is being changed; try again")

// ErrEnded says that the transaction was cancelled in Redis already, so a script
// that comes late changes nothing for it.
var ErrEnded = errors.New("booking: the transaction was cancelled before this script ran")

func (o *Order) args(args ...any) []any {
	all := append(make([]any, 0, 2+len(args)+2*len(o.Seats)), o.User, o.Transaction)
	all = append(all, args...)
	for _, seat := range o.Seats {
		all = append(all, seat.Number, seat.Index)
	}
	return all
}

// Pin pins the holds of an order for as long as given; with 0 Pin only says whether
// that could be done. declines is how many payments an hour may be declined, 0 any
// number. Errors: season_closed, not_admitted, conflict, seat_taken, hold_expired,
// rate_limited, unavailable; errNotOnSale, errEnded.
func (s *Store) Pin(ctx context.Context, o Order, live time.Duration, declines int) error {
	r, err := s.Run(ctx, s.Scripts.Pin, o.Season, o.args(live.Milliseconds(), o.Plan, declines)...)
	if err != nil {
		return err
	}
	seats := r.Texts(1)
	names := strings.Join(seats, ", ")
	switch r.Word() {
	case "ok":
		return nil
	case "plan", "settings":
		return ErrNotOnSale
	case "ended":
		return ErrEnded
	case "season_closed":
		return fault.New(fault.SeasonClosed, "the sale is closed")
	case "not_admitted":
		return fault.New(fault.NotAdmitted, "buying needs an active place")
	case "declines":
		return fault.Later(fault.RateLimited, time.Duration(r.Number(1))*time.Millisecond, "too many payments were declined; try again later")
	case "conflict":
		return fault.Seats(fault.Conflict, seats, "%s: already being bought by another purchase of yours", names)
	case "seat_taken":
		return fault.Seats(fault.SeatTaken, seats, "%s: bought by somebody else", names)
	case "hold_expired":
		return fault.Seats(fault.HoldExpired, seats, "%s: not held by you, or not any more", names)
	}
	return fmt.Errorf("booking: pin.lua answered %v", r)
}

// KeepPinned prolongs the pins of an order whose outcome is unknown, so that the cart
// goes on showing its seats.
func (s *Store) KeepPinned(ctx context.Context, o Order, live time.Duration) error {
	_, err := s.Run(ctx, s.Scripts.keep, o.Season, o.args(live.Milliseconds())...)
	return err
}

// Take marks an order's seats as taken. Where marks of other transactions lie,
// Take changes nothing and returns them. Errors: errEnded.
func (s *Store) Take(ctx context.Context, o Order) ([]ForeignMark, error) {
	r, err := s.Run(ctx, s.Scripts.take, o.Season, o.args()...)
	return marked(o, r, err)
}

// Sell shows an order's seats as sold and announces the transaction. Foreign marks
// as in Take. Errors: errEnded.
func (s *Store) Sell(ctx context.Context, o Order, transaction []byte) ([]ForeignMark, error) {
	r, err := s.Run(ctx, s.Scripts.settle, o.Season, o.args(transaction)...)
	return marked(o, r, err)
}

func marked(o Order, r reply, err error) ([]ForeignMark, error) {
	if err != nil {
		return nil, err
	}
	switch r.Word() {
	case "ok":
		return nil, nil
	case "ended":
		return nil, ErrEnded
	case "other":
		var marks []ForeignMark
		for i, index := range r.Texts(1) {
			marks = append(marks, ForeignMark{index, r.Texts(2)[i]})
		}
		return marks, nil
	}
	return nil, fmt.Errorf("booking: marking the seats of %s answered %v", o.Transaction, r)
}

// Freeing is how a cancelled order's seats are freed.
type Freeing struct {
	Transaction  []byte        // announced; nil: nothing is
	Grace        time.Duration // the least time left in the cart after the first decline
	Declined     bool          // because the payment was declined
	CartDeclines int           // after so many declines the cart ends; 0: never
}

// Free removes the marks of a cancelled order and returns the holds to the cart. Free
// returns how many payments of this cart were declined.
func (s *Store) Free(ctx context.Context, o Order, f Freeing) (declines int64, err error) {
	declined := 0
	if f.Declined {
		declined = 1
	}
	r, err := s.Run(ctx, s.Scripts.clear, o.Season, o.args(f.Transaction, f.Grace.Milliseconds(), declined, f.CartDeclines)...)
	return r.Number(1), err
}

// Refund frees the refunded seats of an order and announces the transaction; nil
// announces nothing.
func (s *Store) Refund(ctx context.Context, o Order, transaction []byte) error {
	_, err := s.Run(ctx, s.Scripts.refund, o.Season, o.args(transaction)...)
	return err
}

// SpendRefund counts a refund against the user's budget of so many an hour. Errors:
// rate_limited.
func (s *Store) SpendRefund(ctx context.Context, season, user, refund string, most int) error {
	r, err := s.Run(ctx, s.Scripts.budget, season, user, refund, most)
	if err != nil || r.Word() == "ok" {
		return err
	}
	return fault.Later(fault.RateLimited, time.Duration(r.Number(1))*time.Millisecond, "at most %d refunds an hour", most)
}

// Mark marks claimed seats that have no mark. others is how many seats carry the mark
// of another transaction; those stay.
func (s *Store) Mark(ctx context.Context, season string, claims ...Claim) (others int64, err error) {
	r, err := s.Run(ctx, s.Scripts.Retake, season, markArgs(claims)...)
	return r.Number(1), err
}

func markArgs(claims []Claim) []any {
	args := make([]any, 0, 5*len(claims))
	for _, c := range claims {
		captured := 0
		if c.Captured {
			captured = 1
		}
		args = append(args, c.SeatNumber, c.Index, c.Transaction, c.User, captured)
	}
	return args
}

// Marks calls each with every mark "<transaction> <user>" of a season, by index.
func (s *Store) Marks(ctx context.Context, season string, each func(index, mark string) error) error {
	scan := s.Redis.HScan(ctx, TakenByKey(season), 0, "", 500).Iterator()
	for scan.Next(ctx) {
		index := scan.Val()
		if !scan.Next(ctx) {
			break
		}
		if err := each(index, scan.Val()); err != nil {
			return err
		}
	}
	return scan.Err()
}

// Unmarked returns which of these claims have no mark at all.
func (s *Store) Unmarked(ctx context.Context, season string, claims []Claim) ([]Claim, error) {
	indexes := make([]string, len(claims))
	for i, c := range claims {
		indexes[i] = strconv.Itoa(c.Index)
	}
	marks, err := s.Redis.HMGet(ctx, TakenByKey(season), indexes...).Result()
	if err != nil {
		return nil, err
	}
	var without []Claim
	for i, c := range claims {
		if marks[i] == nil {
			without = append(without, c)
		}
	}
	return without, nil
}

// Held returns how many seats are held or being bought; none while the season's data
// is not opened.
func (s *Store) Held(ctx context.Context, season string) (int64, error) {
	r, err := s.Run(ctx, s.Scripts.empty, season)
	if errors.Is(err, errClosed) {
		return 0, nil
	}
	return r.Number(1), err
}

// Freeze keeps the seats that a proposed version of the plan changes from being held,
// unless one of them is held or taken: then Freeze returns the indexes of those. late
// says that the version is decided already.
func (s *Store) Freeze(ctx context.Context, season string, version, before int64, changed []byte) (taken []int, late bool, err error) {
	r, err := s.Run(ctx, s.Scripts.Propose, season, version, before, string(changed))
	if err != nil {
		return nil, false, err
	}
	switch r.Word() {
	case "ok":
		return nil, false, nil
	case "seat_taken":
		for _, text := range r.Texts(1) {
			index, err := strconv.Atoi(text)
			if err != nil {
				return nil, false, fmt.Errorf("booking: propose.lua named the seat with index %q: %w", text, err)
			}
			taken = append(taken, index)
		}
		if len(taken) == 0 {
			return nil, false, errors.New("booking: propose.lua answered seat_taken and named no seat")
		}
		slices.Sort(taken)
		return slices.Compact(taken), false, nil // a seat that is being bought is held, too
	case "late":
		return nil, true, nil
	}
	return nil, false, fault.New(fault.Unavailable, "the seat plan of %s is changing; try again", season)
}

// Configure writes a season's settings and its plan's version to Redis, where each
// only ever grows. A nil plan stays as it is there. least is the smallest value of the
// version counter.
func (s *Store) Configure(ctx context.Context, settings Settings, plan *Plan, least int64) error {
	var closesAt int64
	if settings.ClosesAt != nil {
		closesAt = settings.ClosesAt.UnixMilli()
	}
	version, decided := int64(0), int64(0)
	if plan != nil {
		version, decided = plan.Version, plan.Decided
	}
	const retries = 20
	from, changed := int64(-1), ""
	for range retries {
		r, err := s.RunAt(ctx, s.Scripts.configure, settings.Season, 0, settings.Revision, settings.MaxSeats, settings.Hold.Milliseconds(), closesAt,
			version, least, decided, from, changed)
		if err != nil || r.Word() != "plan" {
			return err
		}
		from = r.Number(1)
		if changed, err = s.Source.ChangedSeats(ctx, settings.Season, from, plan.Plan); err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "the seat plan of %s keeps changing; try again", settings.Season)
}

// Booked returns the bitmap of what is sold.
func (s *Store) Booked(ctx context.Context, season string) (string, error) {
	booked, err := s.Redis.Get(ctx, bookedKey(season)).Result()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return booked, err
}
