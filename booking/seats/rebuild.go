package seats

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/store"
)

// epochBits is how far apart the versions of two epochs begin. 2^32 changes fit in
// between, and 2^21 epochs into the whole numbers of JSON.
const epochBits = 32

// Rebuild makes a season's data in Redis from MongoDB: settings, version of the plan,
// taken seats. Rebuild only adds, and may run twice and on several nodes. An error
// means that Rebuild could not read everything: such a season must not be opened.
func (s *Store) Rebuild(ctx context.Context, season string, epoch int64) error {
	if err := s.rebuild(ctx, season, epoch, epoch<<epochBits); err != nil {
		return store.Fault(fmt.Errorf("rebuilding the seats of %s: %w", season, err))
	}
	return nil
}

// rebuild does the same, and raises the version to a least value.
func (s *Store) rebuild(ctx context.Context, season string, epoch, least int64) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	plan, err := s.Source.ReloadPlan(ctx, season)
	if err != nil {
		return err
	}
	if err := s.Configure(ctx, settings, &plan, least); err != nil {
		return err
	}
	claims, err := s.Source.OpenClaims(ctx, season)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(claims, UsersPerCall) {
		var others countReply
		if _, err := s.callAt(ctx, s.Scripts.mark, season, epoch, &others, markArgs(part)...); err != nil {
			return err
		}
		if others.count > 0 {
			// The mark of a newer claim; or of an older one, which recovery removes.
			s.Log.WarnContext(ctx, "rebuild: seats have the marks of other transactions: the marks stay", "season", season, "seats", others.count)
		}
	}
	return nil
}
