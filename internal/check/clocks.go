package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/wire"
)

// Clocks that differ by clockWarn make countdowns wrong and openings late. From
// clockFail on, the order of events is in question: a draw chooses its beacon's round
// five seconds ahead.
const (
	clockWarn = time.Second
	clockFail = 5 * time.Second
)

// reading is how much a clock is ahead of this machine's.
type reading struct {
	of    string
	ahead time.Duration // between ahead-slack and ahead+slack
	slack time.Duration // half of the time that asking took
}

// clocks compares the clocks of Redis, MongoDB and this machine.
func clocks(ctx context.Context, v *view) []wire.CheckLine {
	const name = "clocks"
	var mu sync.Mutex
	readings := []reading{{of: "this machine"}}
	read := func(of string, ask func() (time.Time, error)) wire.CheckLine {
		var best reading
		for i := range 3 { // the quickest answer says most
			before := v.Now()
			there, err := ask()
			slack := v.Now().Sub(before) / 2
			if err != nil {
				return unseen(name, "the clock of "+of, err)
			}
			if i == 0 || slack < best.slack {
				best = reading{of, there.Sub(before.Add(slack)), slack}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		readings = append(readings, best)
		return good(name, "The clock of %s was read.", of)
	}
	// Every server of a cluster: the scripts of a season use the clock of the server
	// that has the season.
	redisRead := v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		of := "Redis"
		if _, cluster := v.Redis.(*redis.ClusterClient); cluster {
			of += " at " + server.Options().Addr
		}
		return read(of, server.Time(ctx).Result)
	})
	mongoRead := read("MongoDB", func() (time.Time, error) {
		var hello struct {
			LocalTime time.Time `bson:"localTime"`
		}
		err := v.Mongo.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
		if err == nil && hello.LocalTime.IsZero() {
			err = errors.New("MongoDB does not say its time")
		}
		return hello.LocalTime, err
	})
	var lines []wire.CheckLine
	if len(readings) > 1 {
		lines = append(lines, judgeClocks(name, readings))
	}
	for _, line := range []wire.CheckLine{redisRead, mongoRead} {
		if line.State != wire.CheckOK {
			lines = append(lines, line)
		}
	}
	return lines
}

// judgeClocks compares every two clocks by the least difference that the readings
// allow.
func judgeClocks(name string, readings []reading) wire.CheckLine {
	var most time.Duration
	var pair [2]string
	for i, a := range readings {
		for _, b := range readings[:i] {
			apart := (a.ahead - b.ahead).Abs() - a.slack - b.slack
			if apart > most {
				most, pair = apart, [2]string{a.of, b.of}
			}
		}
	}
	var seen []string
	slowest := readings[0]
	for _, r := range readings[1:] {
		if r.slack > slowest.slack {
			slowest = r
		}
		seen = append(seen, fmt.Sprintf("%s %+d ms (± %d)", r.of, r.ahead.Milliseconds(), max(1, r.slack.Milliseconds())))
	}
	against := strings.Join(seen, ", ") + " against this machine"
	do := "Let a time service such as chrony set the clocks of all machines."
	switch {
	case most >= clockFail:
		return fail(name, do, "The clocks of %s and %s differ by %s or more: %s.", pair[0], pair[1], most.Round(10*time.Millisecond), against)
	case most >= clockWarn:
		return warn(name, do, "The clocks of %s and %s differ by %s or more: %s.", pair[0], pair[1], most.Round(10*time.Millisecond), against)
	case slowest.slack >= clockWarn:
		return warn(name, "Find out why it answers slowly, and check again.", "The clocks may differ: %s answers too slowly to tell. %s.", slowest.of, strings.ToUpper(against[:1])+against[1:])
	}
	return good(name, "The clocks agree: %s.", against)
}
