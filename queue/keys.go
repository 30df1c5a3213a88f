package queue

import (
	"fmt"
	"strings"
)

// Every key of a season carries the season's id in braces, so that all of them
// share one slot of a Redis Cluster. Keys marked * are read by booking too.

// The keys of a season, as places in season.keys and in the KEYS of every script.
const (
	keyEpoch = iota
	keySettings
	keyLine
	keyList
	keyNumbers
	keyOrigins
	keyReady
	keyPresent
	keyAbsent
	keyActive
	keyTurns
	keyLeases
	keySessions
	keyPlaces
	keyLapses
	keyConn
	keyWhere
	keyNodes
	keyRates
	keySegments
	keyGivenUp
	keyOpenings
	keyBits
	keySockets
	keyMail
	keySale
	keyOffSale
	keyHeld
	keyTaken
	keyBooked
	keyHolder
	keyTakenBy
	keyAllotted
	keyScratch
	keyHistoryA
	keyHistoryB
	keyCourse
	keyWishes
	keyWishGroups
	keyWishHeads
	keyWishKinds
	keyWishers
	keyPromises
	keySeatVersion
	keyClass
	keyClassScratch
)

// keyTable names each key in Redis and in Lua.
var keyTable = [...]struct {
	redis string
	lua   string
	life  keyLife
}{
	keyEpoch:    {"epoch", "EPOCH", outlivesEpoch},            // * string: the current life of the season's data
	keySettings: {"line_settings", "SETTINGS", outlivesEpoch}, // hash: Settings, times in ms
	keyLine:     {"line", "LINE", endsWithEpoch},              // hash: version, counters, the bucket, the measured rate
	keyList:     {"waiting_list", "LIST", endsWithEpoch},      // * zset user -> time of joining, µs
	keyNumbers:  {"numbers", "NUMBERS", endsWithEpoch},        // hash user -> number
	keyOrigins:  {"origins", "ORIGINS", endsWithEpoch},        // hash user -> epoch of the number, where it is an earlier one
	keyReady:    {"ready", "READY", endsWithEpoch},            // zset user -> number: users in line who are present and have no wish
	keyPresent:  {"present", "PRESENT", endsWithEpoch},        // zset user -> ms: until when a user without a socket is present
	keyAbsent:   {"absent", "ABSENT", endsWithEpoch},          // zset user -> ms: when an absent user in line is forgotten
	keyActive:   {"active_users", "ACTIVE", endsWithEpoch},    // * set: users with a turn and active users
	keyTurns:    {"turns", "TURNS", endsWithEpoch},            // * zset user -> the turn's deadline, ms
	keyLeases:   {"leases", "LEASES", endsWithEpoch},          // * zset user -> the lease's deadline, ms
	keySessions: {"sessions", "SESSIONS", endsWithEpoch},      // * zset user -> the end of the session, ms
	keyPlaces:   {"places", "PLACES", endsWithEpoch},          // hash user with a turn or active -> number:joined:origin:turn
	keyLapses:   {"lapses", "LAPSES", endsWithEpoch},          // zset user -> ms*8 + reason, for ten minutes
	keyConn:     {"conn", "CONN", endsWithEpoch},              // * hash user -> number of the newest socket
	keyWhere:    {"where", "WHERE", endsWithEpoch},            // hash user -> node of the newest socket
	keyNodes:    {"nodes", "NODES", endsWithEpoch},            // zset node -> last heartbeat, ms
	keyRates:    {"rates", "RATES", endsWithEpoch},            // hash ten seconds -> admissions (a…), the counters at their beginning (s…)
	keySegments: {"segments", "SEGMENTS", endsWithEpoch},      // hash segment -> how many of its numbers are in use
	keyGivenUp:  {"given_up", "GIVEN_UP", outlivesEpoch},      // set of "epoch/number user": given-up places that the ledger has not recorded yet
	keyOpenings: {"openings", "OPENINGS", outlivesEpoch},      // hash epoch -> the server's run in which its opening began
	keyBits:     {"bits", "BITS", onePerMember},               // one bitmap for each segment of 2^20 numbers
	keySockets:  {"sockets", "SOCKETS", onePerMember},         // one hash for each node: user -> socket, and "@" once all are registered
	keyMail:     {"mail", "MAIL", onePerMember},               // one hash for each node: user -> the newer socket on another node

	// Written by booking, whose keys.go says more.
	keySale:     {"sale", "SALE", outlivesEpoch},        // hash: of the seat plan in force: seats, forSale, classes; and maxSeats
	keyOffSale:  {"offsale", "OFF_SALE", outlivesEpoch}, // bitmaps of seats …
	keyHeld:     {"held", "HELD", outlivesEpoch},
	keyTaken:    {"taken", "TAKEN", outlivesEpoch},
	keyBooked:   {"booked", "BOOKED", outlivesEpoch},
	keyHolder:   {"holder", "HOLDER", outlivesEpoch}, // hashes that have a field for each bit of held, and of taken
	keyTakenBy:  {"takenby", "TAKEN_BY", outlivesEpoch},
	keyAllotted: {"allotted", "ALLOTTED", outlivesEpoch}, // bitmap: seats in allotments, which are not on sale. Part of taken

	keyScratch: {"stock_scratch", "SCRATCH", outlivesEpoch}, // bitmap: the last union that part/stock.lua counted

	keyHistoryA: {"history", "HISTORY_A", outlivesEpoch},       // hash user -> how the user's last places ended: part/history.lua
	keyHistoryB: {"history_other", "HISTORY_B", outlivesEpoch}, // the same, of the other generation
	keyCourse:   {"course", "COURSE", outlivesEpoch},           // zset "ms and figures" -> ten seconds: the course of the sale, for an hour

	keyWishes:     {"wishes", "WISHES", endsWithEpoch},           // hash user in line -> the wish: part/wishes.lua
	keyWishGroups: {"wish_groups", "WISH_GROUPS", endsWithEpoch}, // hash user in line who is present and has a wish -> group
	keyWishHeads:  {"wish_heads", "WISH_HEADS", endsWithEpoch},   // zset group -> the lowest number in it
	keyWishKinds:  {"wish_kinds", "WISH_KINDS", endsWithEpoch},   // hash seats and several categories -> how many users wish for them
	keyWishers:    {"wishers", "WISHERS", onePerMember},          // one zset for each group: user -> number
	keyPromises:   {"promises", "PROMISES", endsWithEpoch},       // * hash user with a place -> the seats set aside: part/aside.lua. booking removes a user who holds a seat

	keySeatVersion:  {"seatver", "SEAT_VERSION", outlivesEpoch}, // string, written by booking: grows with every change of a seat
	keyClass:        {"class", "CLASS", onePerClass},            // one bitmap for each class of seats, written by booking
	keyClassScratch: {"class_scratch", "CLASS_SCRATCH", outlivesEpoch},
}

type keyLife int

const (
	outlivesEpoch keyLife = iota
	endsWithEpoch         // open.lua deletes the key
	onePerMember          // a prefix: a segment's index, a node's id or a group follows; open.lua deletes these one by one
	onePerClass           // a prefix: the number of a class follows
)

// segmentSize is how many numbers a bitmap segment holds.
const segmentSize = 1 << 20

func keysOf(season string) []string {
	keys := make([]string, len(keyTable))
	for i, k := range keyTable {
		keys[i] = key(k.redis, season)
		if k.life == onePerMember || k.life == onePerClass {
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

// luaKeysOfEpoch lists the keys that end with an epoch.
func luaKeysOfEpoch() string {
	var names []string
	for _, k := range keyTable {
		if k.life == endsWithEpoch {
			names = append(names, k.lua)
		}
	}
	return "-- @include keys\nlocal KEYS_OF_EPOCH = {" + strings.Join(names, ",\n  ") + "}\n"
}

func key(name, season string) string { return name + ":{" + season + "}" }

// openingKey is a lock: it keeps two nodes from opening an epoch at once, most of
// the time.
func openingKey(season string) string { return key("opening", season) }

// drawingKey is a lock: it keeps two nodes from holding a draw at once, most of
// the time.
func drawingKey(season string) string { return key("drawing", season) }

// newsChannel carries what the scripts changed.
func newsChannel(season string) string { return key("queue_news", season) }

// answersChannel carries the users who answered a ping of a connection on another node.
func answersChannel(season string) string { return key("queue_answers", season) }

// RedisNeeds returns every key and channel that a season and a node use, so that
// the rights of the Redis user can be tested.
func RedisNeeds(season, node string) (keys, channels []string) {
	keys = append(keysOf(season), openingKey(season), drawingKey(season))
	return keys, []string{newsChannel(season), answersChannel(season), heartbeatChannel(node)}
}

// heartbeatChannel carries a node's own heartbeat back to the node.
func heartbeatChannel(node string) string { return "queue_heartbeat:" + node }
