package queue

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// commitDraws commits a season that opens in the future to the seeds of its draws, before
// the line learns of the openings: one for the first opening, and one for each later
// phase that has yet to open. It returns all draws that the season is committed to, as
// [drawList.mask] does. A draw stays when its opening is changed later. A line in which users
// already wait in order of arrival gets none for the first opening.
func (s *season) commitDraws(ctx context.Context, settings Settings) (int64, error) {
	draws, err := s.recall(ctx)
	if err != nil || settings.OpensAt.IsZero() {
		return draws.mask(), err
	}
	if draws.nth(1).commitment == nil {
		a, err := s.look.Do(ctx, question{})
		if err != nil {
			return 0, err
		}
		if a.counts.Waiting == 0 && a.counts.Now < settings.OpensAt.UnixMicro() {
			if err := s.makeCommitment(ctx, 1, settings.Phases); err != nil {
				return 0, err
			}
		}
	}
	if err := s.commitLater(ctx, draws, settings.Phases); err != nil {
		return 0, err
	}
	draws, err = s.recall(ctx)
	return draws.mask(), err
}

// commitLater commits the season to a draw for each phase behind the first that has yet
// to open. The numbers are those that part/opening.lua will choose.
func (s *season) commitLater(ctx context.Context, draws drawList, phases []Phase) error {
	if len(phases) < 2 {
		return nil
	}
	state, err := s.drawState(ctx)
	if err != nil {
		return err
	}
	last := state.nth
	if state.draw == drawGathering {
		last-- // this draw is for the next phase that opens
	}
	now, err := s.redisNow(ctx)
	if err != nil {
		return err
	}
	for i, p := range phases {
		if i == 0 || !p.OpensAt.After(now) {
			continue
		}
		if last = max(int64(i+1), last+1); last > MostDraws {
			s.q.log.Warn("the season has had too many draws: users who gather for this phase stand in order of arrival", "season", s.id, "phase", p.Name)
			return nil
		}
		if draws.nth(last).commitment != nil {
			continue
		}
		if err := s.makeCommitment(ctx, last, phases); err != nil {
			return err
		}
	}
	return nil
}

// makeCommitment records the hash of the seed, and the beacon with its schedule,
// so that neither can be chosen later. A beacon that does not answer is recorded
// without a schedule, and is asked again when the users have gathered. The phases are
// part of what is committed to.
func (s *season) makeCommitment(ctx context.Context, nth int64, phases []Phase) error {
	p := drawCommitment{Season: s.id, Nth: nth, Seed: s.q.o.DrawSeed(), Phases: phasesOfDraw(phases)}
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

// drawAtOpening returns the arguments of open.lua about the season's draws.
func (s *season) drawAtOpening(ctx context.Context, epoch int64, settings Settings) ([]any, error) {
	draws, err := s.recall(ctx)
	if err == nil && draws.nth(1).commitment == nil && epoch == 1 && !settings.OpensAt.IsZero() {
		var now time.Time
		if now, err = s.redisNow(ctx); err == nil && settings.OpensAt.After(now) {
			if err = s.makeCommitment(ctx, 1, settings.Phases); err == nil {
				draws, err = s.recall(ctx)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	var spans strings.Builder
	var latest drawFreeze // the last draw that is over
	var over int64        // its number; 0: none
	for _, d := range draws {
		if f := d.frozen; f != nil {
			fmt.Fprintf(&spans, "%d %d %d;", f.From, f.Last, f.Epoch)
			latest, over = *f, d.nth
		}
	}
	args := func(state, nth int64, joined int64, from any, gathered int64) []any {
		return []any{state, draws.mask(), nth, latest.Epoch, latest.Last, joined, from, gathered, spans.String()}
	}
	drawn := latest.Opening + latest.Count // the time of joining of the last user drawn
	for _, d := range draws {
		if g := d.gathering; g != nil && d.nth > over {
			return args(drawGathering, d.nth, max(drawn, g.Joined), g.From, g.Joined), nil
		}
	}
	switch {
	case over > 0:
		// The order is decided, or follows from what is recorded: users bring back the places they drew.
		return args(drawHeld, over, drawn, latest.From, 0), nil
	case draws.nth(1).commitment != nil:
		return args(drawGathering, 1, 0, 0, 0), nil
	}
	return args(drawNone, 0, 0, 0, 0), nil
}
