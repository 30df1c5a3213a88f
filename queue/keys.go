package queue

// Every key of a season carries the season's id in braces, so that all of them
// share one slot of a Redis Cluster. Those marked * are read by booking too.

// keyNames are the keys every script gets, in the order line.lua unpacks them.
// The last three are prefixes: a segment's index or a node's id follows.
var keyNames = [...]string{
	"epoch",         // * string: the life of the season's data
	"line_settings", // hash: Settings, times in ms
	"line",          // hash: version, counters, the bucket, the measured rate
	"waiting_list",  // * zset user -> time of joining, µs
	"numbers",       // hash user -> number
	"origins",       // hash user -> epoch the number was drawn in, where it is an earlier one
	"ready",         // zset user -> number: who waits and is there
	"present",       // zset user -> ms: until when a user without a socket counts as there
	"absent",        // zset user -> ms: when a user who waits and is away is forgotten
	"active_users",  // * set: in turn or active
	"turns",         // * zset user -> the turn's deadline, ms
	"leases",        // * zset user -> the lease's deadline, ms
	"sessions",      // * zset user -> the session's hard end, ms
	"places",        // hash user in turn or active -> number:joined:origin:turn
	"lapses",        // zset user -> ms*8 + reason, for ten minutes
	"conn",          // * hash user -> number of the newest socket
	"where",         // hash user -> node of the newest socket
	"nodes",         // zset node -> last heartbeat, ms
	"rates",         // hash bucket of ten seconds -> admissions in it (a…), the counts at its beginning (s…)
	"segments",      // hash segment -> how many numbers of it are in use
	"given_up",      // set of "epoch/number user": places in line and turns given up, until the ledger has them
	"openings",      // hash epoch -> the life of the server in which its opening began
	"bits",          // bitmap a segment of 2^20 numbers
	"sockets",       // hash a node: user -> socket, and "@" once all are entered
	"mail",          // hash a node: user -> the newer socket elsewhere
}

// segmentSize is how many numbers a bitmap segment holds.
const segmentSize = 1 << 20

func keysOf(season string) []string {
	keys := make([]string, len(keyNames))
	for i, name := range keyNames {
		keys[i] = key(name, season)
		if i >= len(keyNames)-3 {
			keys[i] += ":"
		}
	}
	return keys
}

// givenUpKey is read by this node beside the scripts.
func givenUpKey(season string) string { return key("given_up", season) }

func key(name, season string) string { return name + ":{" + season + "}" }

// openingKey is held by the node that opens an epoch, so that two seldom try at
// once.
func openingKey(season string) string { return key("opening", season) }

// drawingKey is held by the node that holds a draw, so that others seldom do
// the same at once.
func drawingKey(season string) string { return key("drawing", season) }

// newsChannel carries what the scripts did.
func newsChannel(season string) string { return key("queue_news", season) }

// RedisNeeds returns every key and channel that a season and a node use, for
// trying rights.
func RedisNeeds(season, node string) (keys, channels []string) {
	keys = append(keysOf(season), openingKey(season), drawingKey(season))
	return keys, []string{newsChannel(season), heartbeatChannel(node)}
}

// heartbeatChannel carries a node's own heartbeat back to it.
func heartbeatChannel(node string) string { return "queue_heartbeat:" + node }
