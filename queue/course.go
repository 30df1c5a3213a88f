package queue

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
)

const (
	// CourseStep is the time between two samples of a season's course.
	CourseStep = 10 * time.Second

	courseSamples = 360 // kept: an hour
)

// Sample is a season's figures at one moment.
type Sample struct {
	At                     time.Time
	Waiting, Active, Turns int // as in Live
	Admitted               int // users admitted in about the ten seconds before
	Held, Booked           int // seats
}

// Course returns the figures of the last hour, oldest first. While no node ticked there
// are none.
func (q *Queue) Course(ctx context.Context, season string) ([]Sample, error) {
	texts, err := q.o.Redis.ZRangeByScore(ctx, q.season(season).keys[keyCourse], &redis.ZRangeBy{Min: "-inf", Max: "+inf"}).Result()
	if err != nil {
		return nil, store.Fault(err)
	}
	samples := make([]Sample, 0, len(texts))
	for _, one := range texts {
		f := strings.Split(one, " ")
		if len(f) < 7 {
			continue
		}
		n := func(i int) int { return int(whole(f[i])) }
		samples = append(samples, Sample{
			At: time.UnixMilli(whole(f[0])).UTC(), Waiting: n(1), Active: n(2), Turns: n(3), Admitted: n(4), Held: n(5), Booked: n(6),
		})
	}
	return samples, nil
}
