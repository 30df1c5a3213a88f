package queue

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
)

//go:embed lua
var luaFiles embed.FS

// luaScripts are the files in lua/. A script includes the parts it uses; lua/part
// holds the parts, and Go generates the names of keys and constants.
var luaScripts = store.Scripts{
	Files: luaFiles, Dir: "lua",
	Generated: map[string]string{
		"keys": luaKeys(), "keys_of_epoch": luaKeysOfEpoch(), "constants": luaConstants(),
	},
}

type script = redis.Script

var (
	joinScript       = luaScripts.Load("join")
	touchScript      = luaScripts.Load("touch")
	enterScript      = luaScripts.Load("enter")
	leaveScript      = luaScripts.Load("leave")
	connectScript    = luaScripts.Load("connect")
	disconnectScript = luaScripts.Load("disconnect")
	tickScript       = luaScripts.Load("tick")
	positionsScript  = luaScripts.Load("positions")
	resignScript     = luaScripts.Load("resign")
	configureScript  = luaScripts.Load("configure")
	beginScript      = luaScripts.Load("begin")
	openScript       = luaScripts.Load("open")
	raiseScript      = luaScripts.Load("raise")
	liveScript       = luaScripts.Load("live")
	auditScript      = luaScripts.Load("audit")
	drawScript       = luaScripts.Load("draw")
	wishScript       = luaScripts.Load("wish")
)

// The states of a line's draw, in the field draw of the hash line.
const (
	drawNone      = iota // places go by order of arrival
	drawGathering        // users gather for a draw
	drawFrozen           // the opening has come, and the draw is being held
	drawHeld             // the order is drawn
)

// lapseReasons has a fixed order: the scores of the key lapses contain a reason's
// place in it, from 1.
var lapseReasons = [...]Reason{TurnMissed, Idle, SessionEnded, Removed, Absent, SeasonClosed}

// luaConstants gives the constants that the scripts use their names in Lua.
func luaConstants() string {
	var text strings.Builder
	set := func(name string, value any) {
		switch v := value.(type) {
		case time.Duration:
			fmt.Fprintf(&text, "local %s = %d -- ms\n", name, v.Milliseconds())
		case int:
			fmt.Fprintf(&text, "local %s = %d\n", name, v)
		default:
			fmt.Fprintf(&text, "local %s = '%v'\n", name, v)
		}
	}
	set("SEGMENT", segmentSize)
	set("SILENCE", 3*time.Second)          // a node without a heartbeat for so long is dead
	set("AT_ONCE", 1000)                   // users whom one run admits, forgets or marks absent at most
	set("END_PAUSE", 100*time.Millisecond) // between two portions of users who leave a line that is over
	set("DEFAULT_ABSENCE", 2*time.Minute)  // while a season has no settings
	set("DEFAULT_FORGET", 15*time.Minute)  // the same
	set("HISTORY_USERS", historyUsers)
	set("HISTORY_LENGTH", historyLength)
	set("COURSE_SAMPLES", courseSamples)
	set("DRAWS_MOST", MostDraws)
	set("PASSES_MOST", 32)      // turns that part/wishes.lua lists
	set("WISH_KINDS_MOST", 256) // different lists of several categories, with their numbers of seats
	set("DRAW_NONE", drawNone)
	set("DRAW_GATHERING", drawGathering)
	set("DRAW_FROZEN", drawFrozen)
	set("DRAW_HELD", drawHeld)
	for _, stock := range []string{"none", "available", "held", "gone"} {
		set("STOCK_"+strings.ToUpper(stock), stock)
	}
	for _, state := range []State{None, Gathering, Waiting, Turn, Active} {
		set("STATE_"+strings.ToUpper(string(state)), state)
	}
	text.WriteString("local REASONS = {")
	for _, reason := range lapseReasons {
		fmt.Fprintf(&text, "'%s', ", reason)
	}
	text.WriteString("}\n")
	for _, reason := range lapseReasons {
		set("REASON_"+strings.ToUpper(string(reason)), reason)
	}
	return text.String()
}
