package seats

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Claim is a seat with an open claim.
type Claim struct {
	SeatNumber  string
	Index       int
	Transaction string
	User        string
	Captured    bool // the order is paid; else it is in flight
}

// Mark marks claimed seats that have no mark. others is how many seats have the mark
// of another transaction; those marks stay.
func (s *Store) Mark(ctx context.Context, season string, claims ...Claim) (others int64, err error) {
	var r countReply
	_, err = s.call(ctx, s.Scripts.mark, season, &r, markArgs(claims)...)
	return r.count, err
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
	scan := s.Redis.HScan(ctx, TakenByKey(season), 0, "", fieldsPerPage).Iterator()
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

// Unmarked returns the claims whose seats have no mark at all.
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

// Booked returns the bitmap of the seats that are sold.
func (s *Store) Booked(ctx context.Context, season string) (string, error) {
	booked, err := s.Redis.Get(ctx, bookedKey(season)).Result()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return booked, err
}
