package seats

import (
	"context"
	"strings"

	"usher/internal/fault"
)

// AllotmentUser stands in the mark of a seat in an allotment, where a mark of an order has
// the buyer. The mark's transaction is the change that put the seat there.
const AllotmentUser = "@"

// Change is what the seats know of a change of allotments.
type Change struct {
	Season string
	ID     string
	Plan   int64 // the version of the plan that the indexes are from
}

// Allot takes free seats off sale for a change of allotments, all or none. Seats in other
// allotments stay as they are; kept are their numbers, and only MongoDB can say whether the
// change may have them. Errors: seat_taken with the seats that are held, being bought or
// sold; ErrNotOnSale when Redis has another plan; ErrEnded when the change was cancelled
// before.
func (s *Store) Allot(ctx context.Context, c Change, seats []Ref) (kept []string, err error) {
	return s.allot(ctx, c, seats, 0)
}

// CheckAllot checks whether Allot could take the seats off sale now. Errors: as Allot.
func (s *Store) CheckAllot(ctx context.Context, c Change, seats []Ref) error {
	_, err := s.allot(ctx, c, seats, 1)
	return err
}

func (s *Store) allot(ctx context.Context, c Change, seats []Ref, onlyCheck int) ([]string, error) {
	args := []any{c.Plan, c.ID, onlyCheck}
	for _, seat := range seats {
		args = append(args, seat.Number, seat.Index)
	}
	var r allotReply
	outcome, err := s.call(ctx, s.Scripts.Allot, c.Season, &r, args...)
	if err != nil {
		return nil, err
	}
	switch outcome {
	case outcomeOK:
		return r.kept, nil
	case outcomePlan:
		return nil, ErrNotOnSale
	case outcomeEnded:
		return nil, ErrEnded
	case outcomeSeatTaken:
		return nil, ErrNotFree(r.taken)
	}
	return nil, errOutcome("allot", outcome)
}

// ErrNotFree refuses seats for an allotment, because they are not free.
func ErrNotFree(numbers []string) error {
	return fault.Seats(fault.SeatTaken, numbers, "held, being bought or sold: %s", strings.Join(numbers, ", "))
}

// Moved is a seat of which MongoDB has decided that it comes into an allotment, leaves
// one, or was sold from one.
type Moved struct {
	Ref
	From   string // the change by which the seat was in an allotment before; "": it was on sale
	OnSale bool   // the seat goes on sale
}

// HandOver shows what MongoDB has decided. transaction is a change of allotments, and user
// AllotmentUser; or a captured order, and user its buyer. Seats with the marks of other
// transactions stay as they are; HandOver returns those marks.
func (s *Store) HandOver(ctx context.Context, season, transaction, user string, seats []Moved) ([]ForeignMark, error) {
	args := []any{transaction, user}
	for _, seat := range seats {
		onSale := 0
		if seat.OnSale {
			onSale = 1
		}
		args = append(args, seat.Number, seat.Index, seat.From, onSale)
	}
	var r marksReply
	outcome, err := s.call(ctx, s.Scripts.HandOver, season, &r, args...)
	if err != nil {
		return nil, err
	}
	return r.foreign("hand_over", outcome)
}

// Withdraw removes the marks of a change of allotments from seats that are in no allotment
// by it. cancelled says that the whole change was cancelled; then late scripts mark no seat
// for it any more.
func (s *Store) Withdraw(ctx context.Context, season, change string, cancelled bool, indexes []int) error {
	whole := 0
	if cancelled {
		whole = 1
	}
	args := []any{change, whole}
	for _, index := range indexes {
		args = append(args, index)
	}
	_, err := s.call(ctx, s.Scripts.withdraw, season, noReply{}, args...)
	return err
}
