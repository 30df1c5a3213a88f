package queue

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/draw"
)

// clockSlack is how far Redis' clock may be behind the beacon's rounds before
// the two are taken to have nothing to do with each other, as they are where the
// first round is still to come: it might be in a hundred years.
const clockSlack = time.Minute

// recordGathered notes in the ledger who had gathered, and which round of the
// beacon will count: one that is published only later. It returns nil when the
// line was lost while it was read.
func (s *season) recordGathered(ctx context.Context, state drawState, commitment *drawCommitment) (*drawFreeze, error) {
	users, err := s.readGathered(ctx, state.cut)
	if err != nil {
		return nil, err
	}
	f := drawFreeze{Season: s.id, Epoch: state.epoch, Last: state.last, Opening: state.opening}
	if err := s.q.ledger.keepGathered(ctx, &f, users); err != nil {
		return nil, err
	}
	// Nobody can join the frozen, and who leaves has given up: what was read in
	// portions is right as long as Redis still has it.
	still, err := s.drawState(ctx)
	if err != nil || still.epoch != state.epoch || still.draw != drawFrozen {
		return nil, err
	}
	// The time is read last: whatever took long before, the round is ahead.
	if err := s.chooseRound(ctx, &f, commitment); err != nil {
		return nil, err
	}
	return s.q.ledger.freeze(ctx, f)
}

// readGathered reads who of the line had joined by the freeze.
func (s *season) readGathered(ctx context.Context, cut int64) ([]string, error) {
	var users []string
	seen, from := map[string]bool{}, "-inf"
	for {
		// The first one is the last one of the page before.
		page, err := s.q.o.Redis.ZRangeByScoreWithScores(ctx, s.keys[keyList],
			&redis.ZRangeBy{Min: from, Max: strconv.FormatInt(cut, 10), Count: gatherPage}).Result()
		if err != nil {
			return nil, err
		}
		for _, z := range page {
			if user := z.Member.(string); !seen[user] {
				seen[user] = true
				users = append(users, user)
			}
		}
		if len(page) < gatherPage {
			return users, nil
		}
		from = strconv.FormatInt(int64(page[len(page)-1].Score), 10)
	}
}

// chooseRound puts the time into a record that is about to be made, and with it
// the beacon's round: that follows from the time by the schedule that was
// promised, so there is nothing to choose.
func (s *season) chooseRound(ctx context.Context, f *drawFreeze, p *drawCommitment) error {
	f.Source = p.Source
	schedule := draw.Schedule{Genesis: p.Genesis, Period: p.Period}
	var newest time.Time
	if beacon := s.q.o.Beacon; beacon != nil && beacon.Source() == p.Source {
		asking, cancel := context.WithTimeout(ctx, beaconAnswer)
		defer cancel()
		if !schedule.Valid() {
			var err error
			if schedule, err = beacon.Schedule(asking); err != nil {
				s.q.log.Warn("the beacon does not answer; the draw is held without", "season", s.id, "error", err)
			}
		}
		if round, err := beacon.Latest(asking); err == nil && schedule.Valid() && round < 1<<40 {
			newest = schedule.Due(round)
		}
	}
	at, err := s.redisNow(ctx)
	if err != nil {
		return err
	}
	f.At = at
	switch {
	case p.Source == "":
		f.Note = noBeacon
	case !schedule.Valid():
		f.Note = noRound
	case newest.Sub(at) > clockSlack, at.Unix() < schedule.Genesis:
		f.Note = otherClock
	default:
		// A clock that is behind would choose a round that is out already.
		if newest.After(at) {
			f.At = newest
		}
		f.Genesis, f.Period, f.Round = schedule.Genesis, schedule.Period, int64(schedule.RoundFor(f.At))
	}
	return nil
}
