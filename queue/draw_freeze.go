package queue

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/draw"
)

// clockSlack is how far Redis' clock may be behind the beacon's rounds. With a
// larger difference, or when the first round is in the future, the clocks are
// unrelated and the draw is held without the beacon: its round might be years
// away.
const clockSlack = time.Minute

// recordGathered records in the ledger which users gathered, and which round of
// the beacon is mixed in. The beacon publishes that round only later. It returns
// nil when Redis lost the line while the users were read.
func (s *season) recordGathered(ctx context.Context, state drawState, commitment *drawCommitment) (*drawFreeze, error) {
	users, err := s.readGathered(ctx, state)
	if err != nil {
		return nil, err
	}
	f := drawFreeze{Season: s.id, Nth: state.nth, From: state.from, Epoch: state.epoch, Last: state.last, Opening: state.opening}
	if err := s.q.ledger.keepGathered(ctx, &f, users); err != nil {
		return nil, err
	}
	// No user can join the users who gathered, and a user who leaves has given up
	// the place. So the pages read are correct as long as Redis still has the
	// line.
	still, err := s.drawState(ctx)
	if err != nil || still.epoch != state.epoch || still.draw != drawFrozen || still.nth != state.nth {
		return nil, err
	}
	// The time is read last, so that the round is in the future however long the
	// steps before took.
	if err := s.chooseRound(ctx, &f, commitment); err != nil {
		return nil, err
	}
	return s.q.ledger.freeze(ctx, f)
}

// readGathered reads the users who joined before the freeze, without those who waited
// before the users gathered.
func (s *season) readGathered(ctx context.Context, state drawState) ([]string, error) {
	var users []string
	seen, from := map[string]bool{}, "-inf"
	for {
		// A page begins with the last user of the page before.
		page, err := s.q.o.Redis.ZRangeByScoreWithScores(ctx, s.keys[keyList],
			&redis.ZRangeBy{Min: from, Max: strconv.FormatInt(state.cut, 10), Count: gatherPage}).Result()
		if err != nil {
			return nil, err
		}
		var fresh []string
		for _, z := range page {
			if user := z.Member.(string); !seen[user] {
				seen[user] = true
				fresh = append(fresh, user)
			}
		}
		if state.from > 0 {
			if fresh, err = s.behind(ctx, state, fresh); err != nil {
				return nil, err
			}
		}
		users = append(users, fresh...)
		if len(page) < gatherPage {
			return users, nil
		}
		from = strconv.FormatInt(int64(page[len(page)-1].Score), 10)
	}
}

// behind returns the users who have numbers of the users who gathered.
func (s *season) behind(ctx context.Context, state drawState, users []string) ([]string, error) {
	if len(users) == 0 {
		return nil, nil
	}
	numbers, err := s.q.o.Redis.HMGet(ctx, s.keys[keyNumbers], users...).Result()
	if err != nil {
		return nil, err
	}
	var those []string
	for i, user := range users {
		if number := whole(numbers[i]); number > state.from && number <= state.last {
			those = append(those, user)
		}
	}
	return those, nil
}

// chooseRound sets the time of the record and the round of the beacon. The round
// follows from the time and the schedule in the commitment, so a node has no
// choice.
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
				s.q.log.Warn("reading the beacon's schedule failed: the draw is held without the beacon", "season", s.id, "error", err)
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
		// A clock that is behind would choose a round that is already published.
		if newest.After(at) {
			f.At = newest
		}
		f.Genesis, f.Period, f.Round = schedule.Genesis, schedule.Period, int64(schedule.RoundFor(f.At))
	}
	return nil
}
