package queue

import (
	"context"
	"time"
)

// promiseDraw commits a season that opens in the future to a seed, before the
// line hears of the opening. There is one draw a season, whatever becomes of the
// opening afterwards; and none for a line in which somebody waits already by
// order of arrival.
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
	return true, s.makeCommitment(ctx)
}

// makePromise names the seed's commitment, and the beacon with its schedule: so
// neither can be chosen later. A beacon that does not answer now is promised all
// the same, and asked for its schedule when all have gathered.
func (s *season) makeCommitment(ctx context.Context) error {
	p := drawCommitment{Season: s.id, Seed: s.q.o.DrawSeed()}
	if beacon := s.q.o.Beacon; beacon != nil {
		p.Source = beacon.Source()
		asking, cancel := context.WithTimeout(ctx, beaconAnswer)
		schedule, err := beacon.Schedule(asking)
		cancel()
		if err == nil {
			p.Genesis, p.Period = schedule.Genesis, schedule.Period
		} else {
			s.q.log.Warn("the beacon does not answer; it is asked again when the draw is held", "season", s.id, "error", err)
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
		s.q.log.Warn("the draw was promised with another beacon than this node has", "season", s.id, "promised", made.Source)
	}
	_, err = s.recall(ctx)
	return err
}

// redisNow is the time by Redis' clock, to the millisecond.
func (s *season) redisNow(ctx context.Context) (time.Time, error) {
	now, err := s.q.o.Redis.Time(ctx).Result()
	return now.UTC().Truncate(time.Millisecond), err
}

// drawAtOpening is open.lua's arguments on the season's draw.
func (s *season) drawAtOpening(ctx context.Context, epoch int64, settings Settings) ([]any, error) {
	d, err := s.recall(ctx)
	if err == nil && d.commitment == nil && epoch == 1 && !settings.OpensAt.IsZero() {
		var now time.Time
		if now, err = s.redisNow(ctx); err == nil && settings.OpensAt.After(now) {
			if err = s.makeCommitment(ctx); err == nil {
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
	// The order is decided, or will be: fans bring back what they drew.
	return []any{drawHeld, d.frozen.Epoch, d.frozen.Last, d.frozen.Opening + d.frozen.Count}, nil
}
