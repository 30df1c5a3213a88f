package seats

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
)

//go:embed *.lua
var LuaFiles embed.FS

// newScript reads a script that lies beside this file and puts lib.lua, which
// names the KEYS and holds what scripts share, before it.
func newScript(name string) *redis.Script {
	var text string
	for _, file := range []string{"lib.lua", name + ".lua"} {
		part, err := LuaFiles.ReadFile(file)
		if err != nil {
			panic("booking: " + err.Error()) // an embedded file is there or the program was never built
		}
		text += string(part)
	}
	return redis.NewScript(text)
}

// scripts are all scripts of the seats.
type scripts struct {
	Hold, may, empty, Propose, Release, releaseInactive, Sweep, cart, picture, configure, Retake, audit *redis.Script
	Pin, keep, take, settle, clear, refund, budget                                                      *redis.Script // of purchases and refunds
}

func newScripts() scripts {
	return scripts{
		Hold:            newScript("hold"),
		may:             newScript("may"),
		empty:           newScript("empty"),
		Propose:         newScript("propose"),
		Release:         newScript("release"),
		releaseInactive: newScript("release_inactive"),
		Sweep:           newScript("sweep"),
		cart:            newScript("cart"),
		picture:         newScript("picture"),
		configure:       newScript("configure"),
		Retake:          newScript("retake"),
		audit:           newScript("audit"),
		Pin:             newScript("pin"),
		keep:            newScript("keep"),
		take:            newScript("take"),
		settle:          newScript("settle"),
		clear:           newScript("clear"),
		refund:          newScript("refund"),
		budget:          newScript("budget"),
	}
}

// Run calls a script for a season: KEYS are keysOf(season), ARGV[1] is the epoch
// this node knows, args follow. The reply is an array whose first element is a
// Word that the caller judges ("ok" or a refusal). A season whose data is not
// opened is fault.Unavailable, for queue opens it within a second; an epoch that
// has changed is learnt, and the call made once more. Errors of Redis come back
// as they are: the room's edge passes them through store.Fault.
func (s *Store) Run(ctx context.Context, script *redis.Script, season string, args ...any) (reply, error) {
	for attempt := 0; ; attempt++ {
		epoch, err := s.epoch(ctx, season, attempt > 0)
		if err != nil {
			return nil, err
		}
		r, err := s.RunAt(ctx, script, season, epoch, args...)
		if err != nil {
			return nil, err
		}
		switch r.Word() {
		case "closed":
			s.epochs.Delete(season)
			return nil, errNotOpened(season)
		case "epoch":
			if attempt > 0 {
				return nil, errNotOpened(season)
			}
		default:
			return r, nil
		}
	}
}

// RunAt calls a script under a given epoch and judges nothing. What a script of
// this node may have changed, whoever on this node reads the seats next must see.
func (s *Store) RunAt(ctx context.Context, script *redis.Script, season string, epoch int64, args ...any) (reply, error) {
	argv := append(make([]any, 0, len(args)+1), epoch)
	got, err := script.Run(ctx, s.Redis, KeysOf(season), append(argv, args...)...).Slice()
	if script != s.Scripts.cart && script != s.Scripts.may && script != s.Scripts.picture && script != s.Scripts.audit && script != s.Scripts.Sweep {
		s.MirrorOf(season).Acts.Add(1)
	}
	return reply(got), err
}

// errClosed is why a season's data cannot be read while its epoch is missing.
var errClosed = errors.New("booking: the season's data is not opened")

func errNotOpened(season string) error {
	return fault.Wrap(fault.Unavailable, errClosed, "season %s is being made ready; try again in a second", season)
}

// epoch returns the season's epoch, from memory unless it must be fresh.
func (s *Store) epoch(ctx context.Context, season string, fresh bool) (int64, error) {
	if known, ok := s.epochs.Load(season); ok && !fresh {
		return known.(int64), nil
	}
	epoch, err := s.Redis.Get(ctx, EpochKey(season)).Int64()
	if errors.Is(err, redis.Nil) {
		s.epochs.Delete(season)
		return 0, errNotOpened(season)
	}
	if err != nil {
		return 0, err
	}
	s.epochs.Store(season, epoch)
	return epoch, nil
}

// reply is what a script returned.
type reply []any

func (r reply) Word() string { return r.text(0) }

func (r reply) text(i int) string {
	if i >= len(r) {
		return ""
	}
	text, _ := r[i].(string)
	return text
}

// Number reads an integer, which a script may return as a number or as text (a
// float would lose its fraction, and Lua's text of a large one its digits).
func (r reply) Number(i int) int64 {
	if i >= len(r) {
		return 0
	}
	switch v := r[i].(type) {
	case int64:
		return v
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return 0
}

func (r reply) Texts(i int) []string {
	if i >= len(r) {
		return nil
	}
	list, _ := r[i].([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}
