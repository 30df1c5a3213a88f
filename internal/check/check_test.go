package check

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/wire"
)

// faults are what the tests plant: the line that each turns, to which state, and a part
// of what the line says.
var faults = map[string]struct {
	plant func(*stage)
	line  string
	state wire.CheckState
	says  string
}{
	"an option that serve refuses": {func(s *stage) { s.target.Problems = []string{"--limit-refunds -1 is negative"} }, "options", wire.CheckFail, "--limit-refunds"},

	"Redis is away":       {func(s *stage) { s.redis.Close() }, "redis", wire.CheckFail, "does not answer"},
	"an old Redis":        {func(s *stage) { s.set("server", "redis_version", "6.2.14") }, "redis-version", wire.CheckFail, "6.2.14"},
	"a Redis that is shy": {func(s *stage) { delete(s.info, "server") }, "redis-version", wire.CheckWarn, "Not looked at"},
	"a Valkey":            {func(s *stage) { s.info["server"] = "redis_version:7.2.4\r\nvalkey_version:8.1.0\r\n" }, "redis-version", wire.CheckOK, "Valkey 8.1.0"},
	"a right is missing": {func(s *stage) {
		s.target.Rights = func(context.Context) ([]string, error) { return []string{"the command PUBLISH"}, nil }
	}, "redis-rights", wire.CheckFail, "PUBLISH"},
	"rights cannot be seen": {func(s *stage) {
		s.target.Rights = func(context.Context) ([]string, error) { return nil, errors.New("away") }
	}, "redis-rights", wire.CheckWarn, "Away."},
	"another Redis":       {func(s *stage) { s.target.Same = func(context.Context) (bool, error) { return false, nil } }, "redis-identity", wire.CheckFail, "not the Redis"},
	"no append-only file": {func(s *stage) { s.set("persistence", "aof_enabled", "0") }, "redis-append-only", wire.CheckFail, "appendonly yes"},
	"a full disk":         {func(s *stage) { s.set("persistence", "aof_last_write_status", "err") }, "redis-append-only", wire.CheckFail, "disk"},
	"no rewriting":        {func(s *stage) { s.set("persistence", "aof_last_bgrewrite_status", "err") }, "redis-append-only", wire.CheckWarn, "rewrite"},
	"no fsync":            {func(s *stage) { s.config["appendfsync"] = "no" }, "redis-append-only", wire.CheckWarn, "everysec"},
	"Redis evicts":        {func(s *stage) { s.set("memory", "maxmemory_policy", "allkeys-lru") }, "redis-eviction", wire.CheckFail, "allkeys-lru"},
	"it would evict": {func(s *stage) {
		s.set("memory", "maxmemory_policy", "volatile-lru")
		s.set("memory", "maxmemory", "0")
	}, "redis-eviction", wire.CheckWarn, "noeviction"},
	"too many fans":   {func(s *stage) { s.target.Fans = 1_000_000 }, "redis-memory", wire.CheckFail, "1000000 fans need 1.4 GiB"},
	"memory is short": {func(s *stage) { s.target.Fans = 400_000 }, "redis-memory", wire.CheckWarn, "leaves little"},
	"no maxmemory":    {func(s *stage) { s.set("memory", "maxmemory", "0") }, "redis-memory", wire.CheckWarn, "no maxmemory"},
	"a crowd unknown": {func(s *stage) { s.plan = &booking.Plan{} }, "redis-memory", wire.CheckWarn, "--fans"},
	"a slot is unserved": {func(s *stage) {
		s.cluster("cluster_state:fail\r\ncluster_slots_assigned:16383\r\ncluster_slots_ok:16383\r\n")
	}, "redis-cluster", wire.CheckFail, "16383"},
	"a whole cluster": {func(s *stage) {
		s.cluster("cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\n")
	}, "redis-cluster", wire.CheckOK, "has a server"},
	"one of a cluster": {func(s *stage) { s.cluster("cluster_state:ok\r\n"); s.set("persistence", "aof_enabled", "0") }, "redis-append-only", wire.CheckFail, "127.0.0.1:"},

	"Redis' clock is late":      {func(s *stage) { s.redis.SetTime(time.Now().Add(-time.Hour)) }, "clocks", wire.CheckFail, "Redis and this machine differ by 1h0m"},
	"MongoDB's clock is ahead":  {func(s *stage) { s.hello(bson.E{Key: "localTime", Value: time.Now().Add(3 * time.Second)}) }, "clocks", wire.CheckWarn, "MongoDB"},
	"this machine's clock":      {func(s *stage) { s.target.Now = func() time.Time { return time.Now().Add(time.Minute) } }, "clocks", wire.CheckFail, "this machine"},
	"a clock that is not shown": {func(s *stage) { s.hello(bson.E{Key: "localTime", Value: nil}) }, "clocks", wire.CheckWarn, "does not say its time"},

	"MongoDB is away": {func(s *stage) {
		s.mongo.answerWith("ping", func() bson.D { return bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "shutting down"}} })
	}, "mongo", wire.CheckFail, "does not answer"},
	"one MongoDB":          {func(s *stage) { s.hello(bson.E{Key: "setName", Value: ""}) }, "mongo", wire.CheckWarn, "one server"},
	"a set of two":         {func(s *stage) { s.hello(bson.E{Key: "hosts", Value: bson.A{"a:1", "b:1"}}) }, "mongo", wire.CheckWarn, "replica set of 2"},
	"the embedded MongoDB": {func(s *stage) { s.answer("buildInfo", bson.E{Key: "ferretdbVersion", Value: "v1.24.2"}) }, "mongo", wire.CheckWarn, "embedded"},
	"no majority": {func(s *stage) {
		s.answer("insert", bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 100}, {Key: "errmsg", Value: "Not enough data-bearing nodes"}}})
	}, "mongo-writes", wire.CheckFail, "does not honour the write concern"},
	"writes are refused": {func(s *stage) {
		s.mongo.answerWith("insert", func() bson.D {
			return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 13}, {Key: "errmsg", Value: "not authorized"}}
		})
	}, "mongo-writes", wire.CheckFail, "refuses a write"},
	"a write that is lost": {func(s *stage) {
		s.answer("find", bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "usher.checks"}, {Key: "firstBatch", Value: bson.A{}}}})
	}, "mongo-writes", wire.CheckFail, "does not have"},
	"MongoDB in memory": {func(s *stage) {
		s.answer("serverStatus", bson.E{Key: "storageEngine", Value: bson.D{{Key: "persistent", Value: false}}})
	}, "mongo-writes", wire.CheckFail, "in memory"},
	"an index is missing": {func(s *stage) {
		s.target.MissingIndexes = func(context.Context) ([]string, error) { return []string{"tickets (season)"}, nil }
	}, "mongo-indexes", wire.CheckFail, "tickets (season)"},
	"indexes cannot be looked": {func(s *stage) {
		s.target.MissingIndexes = func(context.Context) ([]string, error) { return nil, errors.New("not authorized") }
	}, "mongo-indexes", wire.CheckWarn, "Not authorized"},

	"a key that all can read":  {func(s *stage) { s.chmod(0o604) }, "key-files", wire.CheckFail, "Every user"},
	"a key that all can write": {func(s *stage) { s.chmod(0o602) }, "key-files", wire.CheckFail, "replace"},
	"a key for the group":      {func(s *stage) { s.chmod(0o640) }, "key-files", wire.CheckWarn, "group"},
	"no key for tickets":       {func(s *stage) { s.target.TicketKeys = nil }, "key-files", wire.CheckWarn, "--ticket-key"},
	"no such key":              {func(s *stage) { s.target.SigningKeys = []string{filepath.Join(s.t.TempDir(), "none.pem")} }, "key-files", wire.CheckFail, "cannot be used"},
	"a node with another key":  {func(s *stage) { s.nodes[1].SigningKeys = []string{"other"} }, "keys", wire.CheckFail, "node-1 signs with a session key"},
	"a node without our key": {func(s *stage) {
		s.target.TicketKeys = append([]string{s.target.SigningKeys[0]}, s.target.TicketKeys...)
	}, "keys", wire.CheckFail, "does not have the ticket key"},
	"a node with an older key": {func(s *stage) { s.nodes[0].SigningKeys = append(s.nodes[0].SigningKeys, "older") }, "keys", wire.CheckWarn, "for verification"},
	"a node of an old version": {func(s *stage) { s.nodes[0] = Node{ID: "node-0"} }, "keys", wire.CheckWarn, "does not say"},
	"no node to compare with":  {func(s *stage) { s.nodes = nil }, "keys", wire.CheckWarn, "no node runs"},
	"nodes that cannot be seen": {func(s *stage) {
		s.target.Nodes = func(context.Context) ([]Node, error) { return nil, errors.New("away") }
	}, "keys", wire.CheckWarn, "Away."},

	"no public URL":        {func(s *stage) { s.target.PublicURL = "" }, "public-url", wire.CheckFail, "missing"},
	"a plain public URL":   {func(s *stage) { s.target.PublicURL = "http" + strings.TrimPrefix(s.target.PublicURL, "https") }, "public-url", wire.CheckFail, "no https"},
	"a site that is away":  {func(s *stage) { s.target.PublicURL = "https://127.0.0.1:1" }, "site", wire.CheckFail, "cannot be reached"},
	"an unknown authority": {func(s *stage) { s.target.Client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }, "site", wire.CheckFail, "cannot be reached"},
	"another site":         {func(s *stage) { s.ready = http.NotFound }, "site", wire.CheckFail, "404"},
	"a page that says yes": {func(s *stage) {
		s.ready = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }
	}, "site", wire.CheckFail, "no node of Usher"},
	"a node not ready": {func(s *stage) {
		s.ready = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"detail":"not ready: redis"}`))
		}
	}, "site", wire.CheckFail, "Not ready: redis."},
	"an old certificate": {func(s *stage) {
		s.target.Now = func() time.Time { return time.Date(2084, 1, 25, 0, 0, 0, 0, time.UTC) }
	}, "site", wire.CheckWarn, "certificate ends"},
	"a site with other keys": {func(s *stage) {
		other, err := keys.Generate()
		s.must(err)
		s.jwks = other.For(keys.Session).JWKS()
	}, "site-keys", wire.CheckFail, "other keys"},
	"a site without keys": {func(s *stage) { s.jwks = []byte("{}") }, "site-keys", wire.CheckFail, "does not publish"},

	"an issuer that is away": {func(s *stage) {
		s.target.SignIn = func(context.Context) error {
			return fault.Wrap(fault.Unavailable, errors.New("404 Not Found"), "try again")
		}
	}, "sign-in", wire.CheckFail, "404 Not Found."},
	"no issuer":             {func(s *stage) { s.target.ClientID = "" }, "sign-in", wire.CheckWarn, "--google-client-id"},
	"the sandbox":           {func(s *stage) { s.target.Payments, s.target.Pay = "sandbox", nil }, "payments", wire.CheckFail, "every ticket is free"},
	"payments in test mode": {func(s *stage) { s.target.Pay = func(context.Context) (bool, error) { return false, nil } }, "payments", wire.CheckFail, "test mode"},
	"payments are away":     {func(s *stage) { s.target.Pay = func(context.Context) (bool, error) { return false, errors.New("401") } }, "payments", wire.CheckFail, "Stripe cannot take payments. 401."},

	"no season": {func(s *stage) {
		s.target.SeasonOf = func(context.Context, string) (booking.Season, error) {
			return booking.Season{}, fault.New(fault.NotFound, "none")
		}
	}, "season", wire.CheckFail, "does not exist"},
	"a season unread": {func(s *stage) {
		s.target.SeasonOf = func(context.Context, string) (booking.Season, error) { return booking.Season{}, errors.New("away") }
	}, "season", wire.CheckFail, "cannot be read"},
	"a closed season":                {func(s *stage) { s.season.ClosesAt = at(time.Now().Add(-time.Hour)) }, "season", wire.CheckFail, "closed at"},
	"the wrong year":                 {func(s *stage) { s.season.OpensAt = at(time.Now().Add(400 * 24 * time.Hour)) }, "season", wire.CheckWarn, "in 399 days"},
	"an open season":                 {func(s *stage) { s.season.OpensAt = nil }, "season", wire.CheckOK, "is open"},
	"a paused season":                {func(s *stage) { s.season.Paused = true }, "season", wire.CheckWarn, "paused"},
	"a challenge without a verifier": {func(s *stage) { s.season.Challenge = true }, "challenge", wire.CheckWarn, "no fan can join"},
	"no plan":                        {func(s *stage) { s.plan = &booking.Plan{} }, "plan", wire.CheckFail, "no seat plan"},
	"nothing for sale":               {func(s *stage) { s.plan.Seats = s.plan.Seats[3:] }, "plan", wire.CheckFail, "None of the plan's 1 seats"},
	"a plan unread": {func(s *stage) {
		s.target.PlanOf = func(context.Context, string) (*booking.Plan, error) { return nil, errors.New("away") }
	}, "plan", wire.CheckFail, "cannot be read"},
	"a seat for nothing": {func(s *stage) { s.plan.Seats[1].Price = 0 }, "prices", wire.CheckFail, "A-2"},
	"all for nothing":    {func(s *stage) { s.plan.Seats = []booking.Seat{{Number: "A-1"}} }, "prices", wire.CheckWarn, "Every seat costs nothing"},
	"another currency":   {func(s *stage) { s.plan.Currency = "USD" }, "prices", wire.CheckFail, "USD"},
	"a limit too high":   {func(s *stage) { s.season.ActiveLimit = 4 }, "active-limit", wire.CheckFail, "only 3 seats"},
	"a high limit":       {func(s *stage) { s.season.ActiveLimit = 2 }, "active-limit", wire.CheckWarn, "another cart"},
	"a low limit":        {func(s *stage) { s.season.Hold = booking.Duration(100 * time.Hour) }, "active-limit", wire.CheckWarn, "150 hours"},

	"no node":                 {func(s *stage) { s.nodes = nil }, "nodes", wire.CheckWarn, "No node runs"},
	"one node":                {func(s *stage) { s.nodes = s.nodes[:1] }, "nodes", wire.CheckWarn, "second node"},
	"nodes of two versions":   {func(s *stage) { s.nodes[1].Version = "v1.2.4" }, "nodes", wire.CheckWarn, "several versions"},
	"too few sockets":         {func(s *stage) { s.target.Fans = 50_000 }, "nodes", wire.CheckFail, "32000 sockets"},
	"perhaps too few":         {func(s *stage) { s.nodes[0].Sockets, s.nodes[1].Sockets = 10, 10 }, "nodes", wire.CheckWarn, "20 sockets"},
	"more sockets than files": {func(s *stage) { s.target.Files, s.target.Sockets = 1024, 50_000 }, "open-files", wire.CheckFail, "may open 1024 files"},
	"a node with few files":   {func(s *stage) { s.nodes[1].Files = 1024 }, "open-files", wire.CheckFail, "Node node-1"},
	"few files besides":       {func(s *stage) { s.target.Files = 16_100 }, "open-files", wire.CheckWarn, "too few for the stores"},
	"files unknown":           {func(s *stage) { s.target.Files = 0 }, "open-files", wire.CheckWarn, "Not looked at"},

	"a beacon that is away": {func(s *stage) {
		s.target.Beacon = func(context.Context) (time.Duration, error) { return 0, errors.New("timeout") }
	}, "beacon", wire.CheckFail, "Timeout."},
	"a beacon that is late": {func(s *stage) {
		s.target.Beacon = func(context.Context) (time.Duration, error) { return time.Hour, nil }
	}, "beacon", wire.CheckFail, "late by 1h"},
	"a plain beacon":      {func(s *stage) { s.target.BeaconURL = "http://beacon.example" }, "beacon", wire.CheckWarn, "plain http"},
	"no beacon":           {func(s *stage) { s.target.Beacon = nil }, "beacon", wire.CheckOK, "No beacon"},
	"a shop that is away": {func(s *stage) { s.target.FeedURLs = []string{"https://127.0.0.1:1/hook?secret=42"} }, "feed", wire.CheckFail, "cannot be reached"},
	"a shop that fails":   {func(s *stage) { s.shop = http.StatusBadGateway }, "feed", wire.CheckFail, "502 Bad Gateway"},
	"a shop without path": {func(s *stage) { s.shop = http.StatusNotFound }, "feed", wire.CheckWarn, "404 Not Found"},
	"a shop that moved":   {func(s *stage) { s.shop = http.StatusPermanentRedirect }, "feed", wire.CheckWarn, "follow no redirects"},
	"events that wait":    {func(s *stage) { s.target.Waiting = func(context.Context) (int, error) { return 2, nil } }, "feed", wire.CheckWarn, "2 events wait"},
	"no mail server":      {func(s *stage) { s.target.Mail = func(context.Context) error { return errors.New("535 no") } }, "mail", wire.CheckFail, "takes no mails"},
	"a mail server":       {func(s *stage) { s.target.Mail = func(context.Context) error { return nil } }, "mail", wire.CheckOK, "would take a mail"},
	"no feed":             {func(s *stage) { s.target.FeedURLs = nil }, "feed", wire.CheckOK, "No endpoint"},
}

// TestEveryLineCanTurnRed plants one fault at a time into a sale on which every line is
// ok. Every line of the report can become FAIL.
func TestEveryLineCanTurnRed(t *testing.T) {
	sound := Run(t.Context(), newStage(t).target)
	red := map[string]bool{}
	for _, line := range sound.Lines {
		red[line.Name] = false
		if line.State != wire.CheckOK {
			t.Errorf("without a fault: %+v", line)
		}
	}
	if !sound.OK || sound.Fans != 30 || len(red) < 25 {
		t.Errorf("without a fault the report is %+v", sound)
	}
	for name, c := range faults {
		if c.state == wire.CheckFail {
			if _, there := red[c.line]; !there {
				t.Errorf("%s: the report has no line %s", name, c.line)
			}
			red[c.line] = true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			c.plant(s)
			report := Run(t.Context(), s.target)
			var seen []string
			found := false
			for _, line := range report.Lines {
				text := line.Found + " " + line.Do
				if strings.Contains(text, "secret=42") {
					t.Errorf("a line shows a secret: %s", text)
				}
				if line.State != wire.CheckOK && line.Do == "" || !strings.HasSuffix(line.Found, ".") {
					t.Errorf("the line is no sentence or does not say what to do: %+v", line)
				}
				if line.Name == c.line {
					seen = append(seen, string(line.State)+" "+text)
					found = found || line.State == c.state && strings.Contains(text, c.says)
				}
			}
			if !found {
				t.Errorf("line %s says %q; want %s and %q", c.line, seen, c.state, c.says)
			}
			if c.state == wire.CheckFail && report.OK {
				t.Error("the report is ok all in all")
			}
		})
	}
	for line, can := range red {
		if !can {
			t.Errorf("no planted fault turns the line %s to FAIL", line)
		}
	}
}

// TestClocksThatCannotBeComparedAreNotSaidToAgree: an answer that took seconds does not
// tell a clock that is right from one that is seconds off.
func TestClocksThatCannotBeComparedAreNotSaidToAgree(t *testing.T) {
	for _, test := range []struct {
		ahead, slack time.Duration
		state        wire.CheckState
	}{
		{0, 400 * time.Millisecond, wire.CheckOK},
		{time.Second, 400 * time.Millisecond, wire.CheckOK},
		{time.Second, time.Second, wire.CheckWarn},
		{0, 2 * time.Second, wire.CheckWarn},
		{3 * time.Second, 2 * time.Second, wire.CheckWarn},
		{8 * time.Second, 2 * time.Second, wire.CheckFail},
	} {
		line := judgeClocks("clocks", []reading{{of: "this machine"}, {of: "Redis", ahead: test.ahead, slack: test.slack}})
		if line.State != test.state {
			t.Errorf("%v ± %v is %s, want %s: %s", test.ahead, test.slack, line.State, test.state, line.Found)
		}
	}
}
