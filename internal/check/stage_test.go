package check

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking"
	"usher/internal/keys"
)

// stage is a target on which everything is as it should be, and what a test plants
// faults in.
type stage struct {
	t      *testing.T
	target Target
	mongo  *fakeMongo
	redis  *miniredis.Miniredis
	info   map[string]string // what INFO answers, by section
	config map[string]string
	ring   *keys.Ring
	ready  http.HandlerFunc // /readyz of the site
	jwks   []byte
	shop   int // the status that the feed's endpoint answers
	season booking.Season
	plan   *booking.Plan
	nodes  []Node
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{
		t: t, mongo: startMongo(t), redis: miniredis.RunT(t), shop: http.StatusMethodNotAllowed,
		info: map[string]string{
			"server":      "redis_version:8.0.1\r\n",
			"persistence": "aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:ok\r\n",
			"memory":      "used_memory:1000000\r\nmaxmemory:1000000000\r\nmaxmemory_policy:noeviction\r\ntotal_system_memory:4000000000\r\n",
		},
		config: map[string]string{"appendfsync": "everysec"},
		plan:   &booking.Plan{Season: "gala", Version: 3, Seats: []booking.Seat{{Number: "A-1", Price: 4500}, {Number: "A-2", Price: 4500}, {Number: "A-3", Price: 2500}, {Number: "A-4", Price: 1, Blocked: true}}},
	}
	s.redis.Server().SetPreHook(s.answerRedis)
	opens := time.Now().Add(20 * time.Hour)
	s.season = booking.Season{Settings: booking.DefaultSettings("gala")}
	s.season.OpensAt, s.season.ActiveLimit = &opens, 1
	folder := t.TempDir()
	session, ticket := filepath.Join(folder, "session.pem"), filepath.Join(folder, "ticket.pem")
	for _, path := range []string{session, ticket} {
		s.must(keys.WriteNew(path))
	}
	ring, err := keys.Load(session)
	s.must(err)
	tickets, err := keys.Load(ticket)
	s.must(err)
	s.ring = ring
	s.jwks = keys.JWKS(&ring.For(keys.Session).Public, &tickets.For(keys.Ticket).Public)
	for i := range 2 {
		s.nodes = append(s.nodes, Node{
			ID: fmt.Sprintf("node-%d", i), Known: true, Sockets: 16_000, Files: 20_000, Version: "v1.2.3",
			SigningKeys: ring.For(keys.Session).IDs(), TicketKeys: tickets.For(keys.Ticket).IDs(),
		})
	}
	s.ready = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"ready"}`)) }
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/readyz":
			s.ready(w, r)
		case "/.well-known/jwks.json":
			_, _ = w.Write(s.jwks)
		case "/hook":
			w.WriteHeader(s.shop)
		default:
			http.NotFound(w, r)
		}
	}))
	site.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that the client gave up
	site.StartTLS()
	t.Cleanup(site.Close)
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr(), MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	s.target = Target{
		Season: "gala", Redis: client, Mongo: s.mongo.db,
		Rights:      func(context.Context) ([]string, error) { return nil, nil },
		Same:        func(context.Context) (bool, error) { return true, nil },
		Nodes:       func(context.Context) ([]Node, error) { return s.nodes, nil },
		SigningKeys: []string{session}, TicketKeys: []string{ticket},
		PublicURL: site.URL, Client: site.Client(),
		ClientID: "client", SignIn: func(context.Context) error { return nil },
		Payments: "stripe", Pay: func(context.Context) (bool, error) { return true, nil },
		SeasonOf:       func(context.Context, string) (booking.Season, error) { return s.season, nil },
		PlanOf:         func(context.Context, string) (*booking.Plan, error) { return s.plan, nil },
		MissingIndexes: func(context.Context) ([]string, error) { return nil, nil },
		Files:          20_000, Sockets: 16_000,
		Beacon: func(context.Context) (time.Duration, error) { return 0, nil }, BeaconURL: "https://beacon.example",
		FeedURLs: []string{site.URL + "/hook?secret=42"}, Waiting: func(context.Context) (int, error) { return 0, nil },
		Now: time.Now,
	}
	return s
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// answerRedis answers what the embedded Redis has not.
func (s *stage) answerRedis(peer *server.Peer, command string, args ...string) bool {
	first := ""
	if len(args) > 0 {
		first = strings.ToLower(args[0])
	}
	switch {
	case command == "INFO" && s.info[first] != "":
		peer.WriteBulk(s.info[first])
	case command == "CONFIG" && s.config[args[1]] != "":
		peer.WriteMapLen(1)
		peer.WriteBulk(args[1])
		peer.WriteBulk(s.config[args[1]])
	case command == "CLUSTER" && first == "info" && s.info["cluster"] != "":
		peer.WriteBulk(s.info["cluster"])
	default:
		return false
	}
	return true
}

// set changes one field of an answer of INFO.
func (s *stage) set(section, field, value string) {
	var lines []string
	for line := range strings.Lines(s.info[section]) {
		if strings.HasPrefix(line, field+":") {
			line = field + ":" + value + "\r\n"
		}
		lines = append(lines, line)
	}
	s.info[section] = strings.Join(lines, "")
}

// cluster makes the Redis one that is asked as a cluster.
func (s *stage) cluster(info string) {
	s.info["cluster"] = info
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.redis.Addr()}})
	s.t.Cleanup(func() { _ = client.Close() })
	s.target.Redis = client
}

func (s *stage) chmod(mode os.FileMode) {
	if runtime.GOOS == "windows" {
		s.t.Skip("this system has no file modes")
	}
	s.must(os.Chmod(s.target.SigningKeys[0], mode))
}

// answer makes MongoDB answer a command with these fields in place of others.
func (s *stage) answer(command string, fields ...bson.E) {
	usual := s.mongo.answerTo(command)
	s.mongo.answerWith(command, func() bson.D {
		document := usual()
		for _, field := range fields {
			kept := bson.D{}
			for _, e := range document {
				if e.Key != field.Key {
					kept = append(kept, e)
				}
			}
			document = append(kept, field)
		}
		return document
	})
}

// hello makes MongoDB describe itself otherwise.
func (s *stage) hello(fields ...bson.E) {
	for _, name := range []string{"hello", "isMaster", "ismaster"} {
		s.answer(name, fields...)
	}
}

func at(t time.Time) *time.Time { return &t }
