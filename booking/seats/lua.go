package seats

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

// Lua are the files in lua/. A script includes the parts it uses; lua/part holds the
// parts, and Go generates the names of keys and constants.
var Lua = store.Scripts{
	Files: luaFiles, Dir: "lua",
	Generated: map[string]string{"keys": luaKeys(), "constants": luaConstants()},
}

// scripts are the scripts of one Store. Each field is the file of that name in lua/.
// Tests of package booking replace the exported ones by scripts with a bug.
type scripts struct {
	Hold, Release, Pin, Allot, HandOver                        *redis.Script
	extend, withdraw                                           *redis.Script
	mayHold, cart, snapshot, releaseInactive, sweep, audit     *redis.Script
	keepPinned, reserve, take, sell, free, refund, spendRefund *redis.Script // for orders and refunds
	mark, configure, freeze, held                              *redis.Script // for rebuilds and plans
}

func newScripts() scripts {
	return scripts{
		Hold: Lua.Load("hold"), Release: Lua.Load("release"), Pin: Lua.Load("pin"),
		Allot: Lua.Load("allot"), HandOver: Lua.Load("hand_over"),
		extend: Lua.Load("extend"), withdraw: Lua.Load("withdraw"),

		mayHold: Lua.Load("may_hold"), cart: Lua.Load("cart"), snapshot: Lua.Load("snapshot"),
		releaseInactive: Lua.Load("release_inactive"), sweep: Lua.Load("sweep"), audit: Lua.Load("audit"),

		keepPinned: Lua.Load("keep_pinned"), reserve: Lua.Load("reserve"), take: Lua.Load("take"), sell: Lua.Load("sell"),
		free: Lua.Load("free"), refund: Lua.Load("refund"), spendRefund: Lua.Load("spend_refund"),

		mark: Lua.Load("mark"), configure: Lua.Load("configure"), freeze: Lua.Load("freeze"), held: Lua.Load("held"),
	}
}

// outcome is the first element of every reply: outcomeOK, or why the script did
// nothing.
type outcome string

const (
	outcomeOK           outcome = "ok"
	outcomeClosed       outcome = "closed"   // the season's data is not opened
	outcomeEpoch        outcome = "epoch"    // the caller knows another epoch
	outcomeSame         outcome = "same"     // nothing has changed
	outcomePlan         outcome = "plan"     // the caller knows another version of the plan
	outcomeSettings     outcome = "settings" // the settings are not in Redis
	outcomeLate         outcome = "late"     // the version of the plan is decided already
	outcomeEnded        outcome = "ended"    // the transaction was cancelled already
	outcomeOther        outcome = "other"    // seats have the marks of other transactions
	outcomeSeasonClosed outcome = "season_closed"
	outcomeNotAdmitted  outcome = "not_admitted"
	outcomeNone         outcome = "none" // no group of seats was offered
	outcomeSeatLimit    outcome = "seat_limit"
	outcomeSeatTaken    outcome = "seat_taken"
	outcomeStale        outcome = "stale"    // too few of the offered units are free
	outcomeConflict     outcome = "conflict" // the user's own seats are in flight
	outcomeSettling     outcome = "settling" // the cart's time is over, and seats in it are in flight
	outcomeResting      outcome = "resting"  // the user must wait for the end of a cooldown
	outcomeHoldExpired  outcome = "hold_expired"
	outcomeDeclines     outcome = "declines" // too many declined payments
	outcomeOver         outcome = "over"     // too many refunds
	outcomeSession      outcome = "session"  // the cart ends with the session already
)

// luaConstants gives the constants that the scripts use their names in Lua.
func luaConstants() string {
	var text strings.Builder
	for _, o := range []outcome{
		outcomeOK, outcomeClosed, outcomeEpoch, outcomeSame, outcomePlan, outcomeSettings, outcomeLate, outcomeEnded, outcomeOther,
		outcomeSeasonClosed, outcomeNotAdmitted, outcomeNone, outcomeSeatLimit, outcomeSeatTaken, outcomeStale, outcomeConflict, outcomeSettling,
		outcomeResting, outcomeHoldExpired, outcomeDeclines, outcomeOver, outcomeSession,
	} {
		fmt.Fprintf(&text, "local OUTCOME_%s = '%s'\n", strings.ToUpper(string(o)), o)
	}
	fmt.Fprintf(&text, "local ALLOTMENT = '%s'\n", AllotmentUser)
	set := func(name string, value time.Duration) {
		fmt.Fprintf(&text, "local %s = %d -- ms\n", name, value.Milliseconds())
	}
	set("MEMORY", time.Hour) // how long tombstones of ended transactions and the time of carts are kept
	set("BUDGET", time.Hour) // the time over which declined payments and refunds are counted
	set("EXTENSION", Extension)
	set("LOOK", 2*time.Second) // the sweep looks at each cart this often, at least
	return text.String()
}
