package app_test

import (
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestALostTail: Redis comes back without its last changes, as after a power cut or a
// failover to a replica that lacked them. The node detects the loss. Then all fans in
// line, also those whose join was lost, have their old numbers in the old order, and no
// fan is active twice.
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
				t.Errorf("%s has the turn before fans who came earlier", line[i].Name)
			}
			continue
		}
		if number := again.At("status.number"); number != line[i].Status["number"] {
			t.Errorf("%s had number %v and now has %v", line[i].Name, line[i].Status["number"], number)
		}
	}
	if epoch := testkit.Open(t, redis.URL).Redis.Get(t.Context(), "epoch:{"+n.Season+"}").Val(); epoch != "2" {
		t.Errorf("the line lost changes in epoch %s, but stays in that epoch", epoch)
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
