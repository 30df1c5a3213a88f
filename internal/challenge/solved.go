package challenge

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// solvedFor is how long a solved challenge counts for a user who has not joined yet, for
// example because the phase asks for a code.
const solvedFor = 10 * time.Minute

// Solved keeps in Redis which users have solved a challenge and have not joined a season
// with it yet. A verifier accepts a token once, so without it a user whose join is
// refused for another reason would have to solve a second challenge. Safe for concurrent
// use.
type Solved struct{ redis redis.UniversalClient }

// NewSolved makes a Solved.
func NewSolved(client redis.UniversalClient) *Solved { return &Solved{client} }

// solvedKey is a string: the user has solved a challenge for the season.
func solvedKey(season, user string) string { return "challenge_solved:{" + season + "}:" + user }

// RedisNeeds returns the keys that a Solved uses, for a check of access rights.
func RedisNeeds(season string) (keys, channels []string) {
	return []string{solvedKey(season, "u")}, nil
}

// Has reports whether a user has solved a challenge for a season lately, and has not
// joined with it. Errors: of Redis.
func (s *Solved) Has(ctx context.Context, season, user string) (bool, error) {
	err := s.redis.Get(ctx, solvedKey(season, user)).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

// Keep records that a user has solved a challenge for a season. Errors: of Redis.
func (s *Solved) Keep(ctx context.Context, season, user string) error {
	return s.redis.Set(ctx, solvedKey(season, user), 1, solvedFor).Err()
}

// Spend forgets it, because the user has joined. Errors: of Redis.
func (s *Solved) Spend(ctx context.Context, season, user string) error {
	return s.redis.Del(ctx, solvedKey(season, user)).Err()
}
