package simulate

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// listener sits between the nodes and their Redis. It reads every script's reply,
// which contains the published news, and checks the invariants before anything
// else runs.
type listener struct {
	s       *simulation
	mutate  func(source string) string
	mutated map[string]string // script's hash → the mutated one's
}

func (l *listener) DialHook(next redis.DialHook) redis.DialHook { return next }

func (l *listener) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (l *listener) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		name := cmd.Name()
		if name != "evalsha" && name != "eval" {
			return next(ctx, cmd)
		}
		if l.mutate != nil {
			l.plant(name, cmd.Args())
		}
		err := next(ctx, cmd)
		if ran, ok := cmd.(*redis.Cmd); ok && err == nil {
			if reply, ok := ran.Val().([]any); ok {
				l.handleReply(reply)
			}
		}
		return err
	}
}

// plant replaces a script by the mutated one. A client sends the source once, as
// eval, when Redis does not know the hash.
func (l *listener) plant(name string, args []any) {
	script, _ := args[1].(string)
	if name == "eval" {
		source := l.mutate(script)
		l.mutated[redis.NewScript(script).Hash()] = redis.NewScript(source).Hash()
		args[1] = source
	} else if hash, ok := l.mutated[script]; ok {
		args[1] = hash
	}
}

// handleReply handles a reply of part/report.lua: 'ok', counts, states, news, …
func (l *listener) handleReply(reply []any) {
	if len(reply) < 6 || reply[0] != "ok" {
		return
	}
	l.s.tally.scripts++
	if message, _ := reply[3].(string); message != "" {
		l.s.wire = append(l.s.wire, message)
	}
	l.s.check.afterScript()
}
