package seats

import (
	"fmt"
	"strings"
)

// keyTable lists the keys of a season, S being its id: the name in Redis, before
// ":{S}", and the name in Lua. Braces make all keys of a season share one slot of a
// Redis Cluster, so one script may touch them all. Every script gets all of them as
// KEYS, in this order, and the caller's epoch as ARGV[1]. The queue writes the keys
// marked *; it reads sale, offsale, held, taken, booked, allotted, takenby, holder, class and seatver, to
// know whether seats are left.
//
// How a seat shows: booked → booked; else allotted → unavailable; else taken or held →
// inTransaction; else as the plan says.
var keyTable = [...]struct {
	redis string
	lua   string
	many  bool // a prefix: ":" and a seat number or a user follow
}{
	{"epoch", "EPOCH", false},           // * string: the epoch of the season's data. While it is missing no script may run
	{"sale", "SETTINGS", false},         // hash: a copy of the settings, of which the higher revision wins: revision, maxSeats, hold (ms), closesAt (ms, 0: never), rest (ms, in tests only); and of a proposed version of the plan: moving, its number, and movingSeats, a bitmap of the seats it changes, which are not held until it is decided; and of the plan in force: describes, its version, seats and forSale, how many seats it has and sells. The queue reads these two; classesOf, the version that the classes of seats are from, and classes: see Plan.classes. The queue reads classes and maxSeats
	{"plan", "PLAN", false},             // string: the version of the plan that the bitmaps below are about
	{"held", "HELD", false},             // bitmap by seat index (bit 7 of byte 0 is index 0): a user holds the seat, pinned or not
	{"taken", "TAKEN", false},           // bitmap: an order has claimed the seat, decided or not
	{"booked", "BOOKED", false},         // bitmap: that order is captured, so the seat is sold. Part of taken
	{"takenby", "MARKS", false},         // hash index -> "<transaction> <user>", exactly for the bits of taken; of a seat in an allotment "<change> @"
	{"bought", "BOUGHT", false},         // hash user -> how many bits of taken are the user's. maxSeats limits held and bought
	{"holder", "HOLDER", false},         // hash index -> user, exactly for the bits of held
	{"carts", "CARTS", false},           // zset user -> ms: when the sweep must look at the cart
	{"cartnews", "CART_CHANGES", false}, // zset user, or "<user> expired" -> the version of the cart's last change, for nodes that lost a message
	{"seatver", "VERSION", false},       // string: the version, which grows with every change. It begins at epoch·2^32, so it grows when Redis loses its data, too
	{"active_users", "ACTIVE", false},   // * set: users with a turn and active users
	{"leases", "LEASES", false},         // * zset user -> the lease's deadline, ms
	{"sessions", "SESSIONS", false},     // * zset user -> the end of the session, ms
	{"seattick", "SWEPT_AT", false},     // string: ms of the last sweep, which is one for all nodes
	{"seats", "CHANNEL", false},         // channel: every change, announced by the script that made it; see lua/part/report.lua
	{"hold", "HOLD", true},              // string for each seat, with a time to live: "<user>", or "<user> <transaction>" once pinned by an order. This key alone decides who holds the seat
	{"cart", "CART", true},              // hash for each user: seat number -> index; "!until" -> the deadline, ms, which pinning does not move; "!best" -> the last request for the best seats that was served; "!type:" and a seat number -> the type of the seat's price, of seats that have not the normal one
	{"ended", "ENDED", false},           // zset of tombstones: transaction -> ms when it was cancelled, "<transaction> <index>" -> ms when it refunded that seat
	{"clock", "CLOCK", true},            // hash for each user, of the user's carts one after the other: start, until (ms); "grace": until was put off after a declined payment, which happens once; "extended": it was put off on request, which happens once; "declined": how many payments were. A cart begun before until has what is left of that time
	{"past", "LEFT_CART", true},         // zset for each user: index -> ms when that seat last left the cart, for a minute
	{"declined", "DECLINED", true},      // zset for each user: transaction -> ms when its payment was declined, for an hour
	{"refunds", "REFUNDS", true},        // zset for each user: refund -> ms when the user asked for it, for an hour
	{"promises", "PROMISES", false},     // * hash user -> the seats that the queue has set aside for the user. The first hold ends that
	{"class", "CLASS", true},            // bitmap of the seats of each class, by its place in classes, from 1. The queue reads them
	{"offsale", "OFF_SALE", false},      // bitmap: the seats that the plan in force does not sell. The queue reads it
	{"allotted", "ALLOTTED", false},     // bitmap: the seat is in an allotment, so it is not on sale. Part of taken; its mark has the user AllotmentUser. The queue reads it
}

// KeysOf returns the KEYS of every script.
func KeysOf(season string) []string {
	keys := make([]string, len(keyTable))
	for i, k := range keyTable {
		keys[i] = key(k.redis, season)
		if k.many {
			keys[i] += ":"
		}
	}
	return keys
}

// luaKeys gives the keys their names in Lua.
func luaKeys() string {
	var text strings.Builder
	for i, k := range keyTable {
		fmt.Fprintf(&text, "local %s = KEYS[%d] -- %s\n", k.lua, i+1, k.redis)
	}
	return text.String()
}

func key(name, season string) string { return name + ":{" + season + "}" }

// EpochKey names the epoch of a season's data.
func EpochKey(season string) string { return key("epoch", season) }

// ChannelOf names the channel on which a season's changes are announced.
func ChannelOf(season string) string { return key("seats", season) }

// TakenByKey names the hash of the marks.
func TakenByKey(season string) string { return key("takenby", season) }

// BoughtKey names the hash of how many seats each user has bought.
func BoughtKey(season string) string { return key("bought", season) }

func bookedKey(season string) string { return key("booked", season) }

func cartsKey(season string) string { return key("carts", season) }

// BeatChannel carries a node's own heartbeat back to the node.
func BeatChannel(node string) string { return "booking-beat:" + node }
