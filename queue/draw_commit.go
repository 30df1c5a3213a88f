package queue

import (
	"context"
	"time"
)

// commitDraw commits a season that opens in the future to a seed, before the line
// learns of the opening. A season has one draw, even when its opening is changed
// later. A line in which users already wait in order of arrival gets none.
func (s *season) commitDraw(ctx context.Context, settings Settings) (bool, error) {
	if settings.OpensAt.IsZero() {
		return false, nil
	}
	d, err := s.recall(ctx)
	if err != nil || d.commitment != nil {
		return d.commitment != nil, err
	}
	a, err := s.look.Do(ctx, question{})
	if err != nil || a.counts.Waiting > 0 || a.counts.Now >= settings.OpensAt.UnixMicro() {
		return false, err
	}
	return true, s.makeCommitment(ctx, settings.Phases)
}

// makeCommitment records the hash of the seed, and the beacon with its schedule,
// so that neither can be chosen later. A beacon that does not answer is recorded
// without a schedule, and is asked again when the users have gathered. The phases are
// part of what is committed to.
func (s *season) makeCommitment(ctx context.Context, phases []Phase) error {
	p := drawCommitment{Season: s.id, Seed: s.q.o.DrawSeed(), Phases: phasesOfDraw(phases)}
	if beacon := s.q.o.Beacon; beacon != nil {
		p.Source = beacon.Source()
		asking, cancel := context.WithTimeout(ctx, beaconAnswer)
		schedule, err := beacon.Schedule(asking)
		cancel()
		if err == nil {
			p.Genesis, p.Period = schedule.Genesis, schedule.Period
		} else {
			s.q.log.Warn("reading the beacon's schedule failed: it is read again when the draw is held", "season", s.id, "error", err)
		}
	}
	at, err := s.redisNow(ctx)
	if err != nil {
		return err
	}
	p.At = at
	made, err := s.q.ledger.commitDraw(ctx, p)
	if err != nil {
		return err
	}
	if own := s.q.o.Beacon; own != nil && own.Source() != made.Source || own == nil && made.Source != "" {
		s.q.log.Warn("this node has another beacon than the commitment: other nodes must read the beacon", "season", s.id, "committed", made.Source)
	}
	_, err = s.recall(ctx)
	return err
}

// redisNow is the time of Redis' clock, to the millisecond.
func (s *season) redisNow(ctx context.Context) (time.Time, error) {
	now, err := s.q.o.Redis.Time(ctx).Result()
	return now.UTC().Truncate(time.Millisecond), err
}

// drawAtOpening returns the arguments of open.lua about the season's draw.
func (s *season) drawAtOpening(ctx context.Context, epoch int64, settings Settings) ([]any, error) {
	d, err := s.recall(ctx)
	if err == nil && d.commitment == nil && epoch == 1 && !settings.OpensAt.IsZero() {
		var now time.Time
		if now, err = s.redisNow(ctx); err == nil && settings.OpensAt.After(now) {
			if err = s.makeCommitment(ctx, settings.Phases); err == nil {
				d, err = s.recall(ctx)
			}
		}
	}
	switch {
	case err != nil:
		return nil, err
	case d.commitment == nil:
		return []any{drawNone, 0, 0, 0}, nil
	case d.frozen == nil:
		return []any{drawGathering, 0, 0, 0}, nil
	}
	// The order is decided, or follows from what is recorded: users bring back the places they drew.
	return []any{drawHeld, d.frozen.Epoch, d.frozen.Last, d.frozen.Opening + d.frozen.Count}, nil
}
