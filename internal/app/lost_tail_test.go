package app_test

import (
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestALostTail: Redis comes back without its last changes, as after a power cut
// or a failover to a replica that had not heard of them. The node sees that the
// line has gone backwards; everybody in line, also those whose joining was lost,
// stands in the old order under the old number, and nobody is in twice.
func TestALostTail(t *testing.T) {
	t.Parallel()
	redis := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(redis.Kill)
	n := node.Start(t, node.Options{
		RedisURL: redis.URL,
		Demo:     func(d *dev.Demo) { d.ActiveLimit = 1 },
		Change:   func(o *app.Options) { o.Gather = 2 * time.Second },
	})
	inside := n.SignIn(t, "Inside")
	inside.Open()
	var line []*node.Fan
	var sockets []*node.Socket
	join := func(from, to int) {
		for i := from; i < to; i++ {
			fan := n.SignIn(t, fanName(i))
			line, sockets = append(line, fan), append(sockets, fan.Open())
		}
	}
	join(0, 8)
	kept := redis.LogSize(t)
	join(8, 14)
	redis.Crash()
	redis.CutLog(t, kept)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	for i, socket := range sockets {
		again := socket.WantWhere("standing in line again", func(m node.Message) bool {
			return m.At("status.state") == "waiting" || m.Type() == "turn"
		})
		if again.Type() == "turn" {
			if i > 0 {
				t.Errorf("%s has the turn before those who came earlier", line[i].Name)
			}
			continue
		}
		if number := again.At("status.number"); number != line[i].Status["number"] {
			t.Errorf("%s had number %v and now has %v", line[i].Name, line[i].Status["number"], number)
		}
	}
	if epoch := testkit.Open(t, redis.URL).Redis.Get(t.Context(), "epoch:{"+n.Season+"}").Val(); epoch != "2" {
		t.Errorf("the line went backwards in epoch %s, and goes on in it", epoch)
	}
	for i, socket := range sockets {
		status := socket.Ask(map[string]any{"type": "enter"})
		for status.At("status.state") != "active" {
			if i > 0 && status["code"] != "conflict" {
				t.Fatalf("%s entering: %v", line[i].Name, status)
			}
			socket.Want("turn")
			status = socket.Ask(map[string]any{"type": "enter"})
		}
		if left := socket.Ask(map[string]any{"type": "leave"}); left.At("status.state") != "none" {
			t.Errorf("%s leaving: %v", line[i].Name, left)
		}
	}
}
