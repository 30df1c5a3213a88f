package seats

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
)

// epochBits is how far apart the version counters of two epochs begin. 2^32
// changes fit in between, and 2^21 epochs into what JSON can count.
const epochBits = 32

// Rebuild makes a season's booking data in Redis from MongoDB: settings, plan
// version, taken seats. It only adds, may run twice and on several nodes. What it
// cannot read in full is an error: such a season must not be opened.
func (s *Store) Rebuild(ctx context.Context, season string, epoch int64) error {
	if err := s.rebuild(ctx, season, epoch, epoch<<epochBits); err != nil {
		return store.Fault(fmt.Errorf("rebuilding the seats of %s: %w", season, err))
	}
	return nil
}

// rebuild does, and leaves the version counter at least at version.
func (s *Store) rebuild(ctx context.Context, season string, epoch, version int64) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	plan, err := s.Source.ReloadPlan(ctx, season)
	if err != nil {
		return err
	}
	if err := s.Configure(ctx, settings, &plan, version); err != nil {
		return err
	}
	claims, err := s.Source.OpenClaims(ctx, season)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(claims, UsersPerCall) {
		r, err := s.RunAt(ctx, s.Scripts.Retake, season, epoch, markArgs(part)...)
		if err != nil {
			return err
		}
		if others := r.Number(1); others > 0 {
			// A newer claim's mark, or an older one's that the sweeper takes away.
			s.Log.WarnContext(ctx, "seats carry another purchase's mark", "season", season, "seats", others)
		}
	}
	return nil
}
