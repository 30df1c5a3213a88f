package rehearse_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/crowd"
	"usher/internal/dev"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/rehearse"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	"usher/internal/wire"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// stage is two nodes that take money through a provider and tell a shop, and a season.
type stage struct {
	t        *testing.T
	shared   node.Options
	nodes    [2]*node.Node
	provider atomic.Int64 // calls of the payment provider that may move money
	shop     atomic.Int64 // deliveries to the shop
	services *app.Services
	stores   *store.Stores
	shadow   string // of the last run
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, shared: node.Shared(t)}
	count := func(calls *atomic.Int64) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Nodes read the provider's lists now and then, with or without a rehearsal.
			if r.Method == http.MethodPost {
				calls.Add(1)
			}
			w.WriteHeader(http.StatusTeapot)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	provider, shop := count(&s.provider), count(&s.shop)
	s.shared.Demo = func(d *dev.Demo) { d.ActiveLimit = 3 }
	s.shared.Change = func(o *app.Options) {
		o.Payments, o.StripeURL, o.StripeSecretKey, o.StripeWebhookSecret = app.PayStripe, provider, "sk_test_none", "whsec_none"
		o.FeedURLs, o.FeedSecrets = []string{shop}, []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}
	for i := range s.nodes {
		s.nodes[i] = node.Start(t, s.shared)
	}
	at := app.Defaults()
	at.RedisURLs, at.MongoURL, at.MongoDatabase = []string{s.shared.RedisURL}, s.shared.MongoURL, s.shared.Database
	services, err := app.OpenServices(at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	s.services, s.stores = services, testkit.OpenAt(t, s.shared.RedisURL, s.shared.MongoURL, s.shared.Database)
	return s
}

func (s *stage) options() rehearse.Options {
	s.t.Helper()
	ring, err := keys.Load(s.shared.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	o := crowd.Defaults()
	o.URL, o.Keys, o.Seed, o.Fans, o.Rate = s.nodes[1].URL, ring, 7, 12, 0
	o.Think, o.WalkAway, o.Buy = 10*time.Millisecond, 0.1, 0.8
	return rehearse.Options{
		Booking: s.services.Booking, Queue: s.services.Queue, Redis: s.services.Redis(), Nodes: s.services.Nodes,
		Audit: func(ctx context.Context, season string) ([]string, error) {
			found, err := s.services.Booking.Audit(ctx, season, booking.AuditOptions{})
			if err != nil {
				return nil, err
			}
			if found.Checked.Charges == 0 {
				return nil, errors.New("the audit saw no charge")
			}
			return nil, nil
		},
		Season: s.shared.Season, By: "a test", Open: true, Crowd: o,
		Say: func(what string) {
			for _, word := range strings.Fields(what) {
				if id := strings.TrimRight(word, ","); booking.IsShadow(id) {
					s.shadow = id
				}
			}
		},
	}
}

// documents are all documents of the database, by collection and _id, without what nodes
// say of themselves and the reports of rehearsals.
func (s *stage) documents() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	names, err := s.stores.Mongo.ListCollectionNames(s.t.Context(), bson.D{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range names {
		if name == "node_beats" || name == "redis_marks" {
			continue
		}
		cursor, err := s.stores.Mongo.Collection(name).Find(s.t.Context(), bson.D{})
		var rows []bson.Raw
		if err == nil {
			err = cursor.All(s.t.Context(), &rows)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		for _, row := range rows {
			all[name+" "+row.Lookup("_id").String()] = string(row)
		}
	}
	return all
}

// keys are the contents of all Redis keys of the real season that do not change with time.
func (s *stage) keys() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	for _, name := range []string{"epoch", "line_settings", "waiting_list", "numbers", "active_users", "places", "sale", "plan", "held", "taken", "booked", "holder", "takenby", "bought", "seatver", "conn"} {
		key := name + ":{" + s.shared.Season + "}"
		text, err := s.contents(key)
		if err != nil {
			s.t.Fatal(key, err)
		}
		all[key] = text
	}
	return all
}

// contents are the contents of a key of any type.
func (s *stage) contents(key string) (string, error) {
	ctx, client := s.t.Context(), s.stores.Redis
	kind, err := client.Type(ctx, key).Result()
	if err != nil {
		return "", err
	}
	var value any
	switch kind {
	case "none":
	case "string":
		value, err = client.Get(ctx, key).Result()
	case "hash":
		value, err = client.HGetAll(ctx, key).Result() // printed in the order of its fields
	case "set":
		var members []string
		members, err = client.SMembers(ctx, key).Result()
		slices.Sort(members)
		value = members
	case "zset":
		value, err = client.ZRangeWithScores(ctx, key, 0, -1).Result()
	default:
		err = errors.New("the type " + kind)
	}
	return fmt.Sprintf("%s %q", kind, value), err
}

// wantsGone: nothing in either store is left of the last shadow and of its fans.
func (s *stage) wantsGone() {
	s.t.Helper()
	if s.shadow == "" {
		s.t.Fatal("no shadow season was made")
	}
	for id, text := range s.documents() {
		if strings.Contains(text, s.shadow) || strings.HasPrefix(id, "sandbox_") {
			s.t.Errorf("the document %s is left", id)
		}
	}
	found, err := s.stores.Redis.Keys(s.t.Context(), "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, key := range found {
		if strings.Contains(key, s.shadow) || strings.HasPrefix(key, "sessions:{63726f7764") {
			s.t.Errorf("the key %s is left", key)
		}
	}
	for _, n := range s.nodes {
		answer, err := http.Get(n.URL + "/seasons/" + s.shadow)
		if err != nil {
			s.t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			s.t.Errorf("GET /seasons/%s: %d", s.shadow, answer.StatusCode)
		}
	}
}

// TestRehearsals plays on two nodes, which all parts share.
func TestRehearsals(t *testing.T) {
	s := newStage(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *stage)
	}{{"leave only the report", onlyTheReport}, {"leftovers are removed", leftovers}, {"what cannot be rehearsed", refusals}} {
		t.Run(part.name, func(t *testing.T) {
			s.t = t
			part.test(t, s)
		})
	}
}

// onlyTheReport: the crowd buys in a copy of the season, by two nodes
// whose payment provider is never asked and whose shop hears nothing. Afterwards the copy is
// gone, and the season is what it was. The same after an interrupt.
func onlyTheReport(t *testing.T, s *stage) {
	fan := s.nodes[0].SignIn(t, "Ann")
	fan.Do("POST", "/holds", map[string]any{"seats": []string{"A-1"}}, 201)
	documents, kept := s.documents(), s.keys()

	o := s.options()
	listed := ""
	o.Crowd.Progress = func(crowd.Progress) {
		if answer, err := http.Get(s.nodes[0].URL + "/seasons"); err == nil && listed == "" {
			text := new(strings.Builder)
			_, _ = fmt.Fprint(text, answer.StatusCode, " ")
			_ = answer.Write(text)
			listed = text.String()
		}
	}
	out, err := rehearse.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := out.Report
	if r.Result != wire.RehearsalPassed || r.Came != 12 || r.Bought == 0 || r.Errors > 0 || r.Nodes != 2 || len(r.Problems) > 0 {
		t.Errorf("the report: %+v\n%s", r, out.Crowd.Text())
	}
	if strings.Contains(listed, s.shadow) {
		t.Error("GET /seasons shows the shadow season")
	}
	s.wantsGone()

	interrupted, interrupt := context.WithCancel(t.Context())
	o = s.options()
	o.Crowd.Think, o.Crowd.Seed = time.Hour, 8
	o.Audit = func(context.Context, string) ([]string, error) { return nil, nil } // nothing was bought
	o.Crowd.Progress = func(p crowd.Progress) {
		if p.Live > 0 {
			interrupt()
		}
	}
	out, err = rehearse.Run(interrupted, o)
	if err != nil || out.Report.Result != wire.RehearsalInterrupted {
		t.Fatalf("interrupted: %+v, %v", out, err)
	}
	s.wantsGone()

	if calls, told := s.provider.Load(), s.shop.Load(); calls > 0 || told > 0 {
		t.Errorf("the payment provider was called %d times, the shop %d times", calls, told)
	}
	now := s.documents()
	for id, text := range documents {
		if now[id] != text {
			t.Errorf("the document %s changed", id)
		}
	}
	for id := range now {
		if _, before := documents[id]; !before && !strings.HasPrefix(id, "rehearsals ") {
			t.Errorf("the document %s is new", id)
		}
	}
	for key, text := range s.keys() {
		if kept[key] != text {
			t.Errorf("the key %s changed", key)
		}
	}
	admin := node.SignInAt(t, s.nodes[1].URL, s.shared.Season, "admin")
	list := admin.Do("GET", "/admin/seasons/"+s.shared.Season+"/rehearsals", nil, 200)["rehearsals"].([]any)
	if len(list) != 2 || list[1].(map[string]any)["result"] != "passed" || list[1].(map[string]any)["bought"] != float64(r.Bought) {
		t.Errorf("the admin's list: %v", list)
	}
}

// leftovers: what a killed rehearsal left goes with --remove, also when its
// removal was cut short; one that runs stays.
func leftovers(t *testing.T, s *stage) {
	o := s.options()
	left := booking.Shadow{ID: booking.NewShadowID(s.shared.Season), Of: s.shared.Season, Fans: 3, Seed: 9}
	s.shadow = left.ID
	if err := o.Booking.CreateShadow(t.Context(), left, time.Now().Add(time.Hour), "a test"); err != nil {
		t.Fatal(err)
	}
	alive := "rehearsal:{" + left.ID + "}"
	if err := s.stores.Redis.Set(t.Context(), alive, "another", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"remove": func() error { _, err := rehearse.Remove(t.Context(), o); return err },
		"run":    func() error { _, err := rehearse.Run(t.Context(), o); return err },
	} {
		if err := do(); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s while a rehearsal runs: %v", name, err)
		}
	}
	if err := s.stores.Redis.Del(t.Context(), alive).Err(); err != nil {
		t.Fatal(err)
	}
	if err := o.Booking.RetireShadow(t.Context(), left.ID); err != nil { // the removal began
		t.Fatal(err)
	}
	removed, err := rehearse.Remove(t.Context(), o)
	if err != nil || len(removed) != 1 || removed[0] != left.ID {
		t.Fatalf("removed %v, %v", removed, err)
	}
	s.wantsGone()
}

// refusals: a clear error, and nothing is changed.
func refusals(t *testing.T, s *stage) {
	if _, err := s.services.Booking.ApplySeason(t.Context(), "bare", []byte(`{}`), "a test"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, time.Minute, "the nodes have opened the season without a plan", func() bool {
		_, opened := s.documents()[`epochs "bare/1"`]
		return opened
	})
	before := s.documents()
	for _, c := range []struct {
		name   string
		change func(*rehearse.Options)
		want   string
	}{
		{"an unknown season", func(o *rehearse.Options) { o.Season = "nowhere" }, `season "nowhere" not found`},
		{"no plan", func(o *rehearse.Options) { o.Season = "bare" }, "no seat on sale"},
		{"a shadow", func(o *rehearse.Options) { o.Season = booking.NewShadowID("x") }, "shadow season of a rehearsal itself"},
		{"on sale now", func(o *rehearse.Options) { o.Open = false }, "--yes"},
		{"no node", func(o *rehearse.Options) { o.Nodes = func(context.Context) (int, error) { return 0, nil } }, "no node runs"},
	} {
		o := s.options()
		c.change(&o)
		if _, err := rehearse.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := s.services.Booking.ApplySeason(t.Context(), booking.NewShadowID("x"), []byte(`{}`), "a test"); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("an admin makes a season with the id of a shadow: %v", err)
	}
	if _, err := s.services.Booking.EraseShadow(t.Context(), s.shared.Season); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("the real season is erased: %v", err)
	}
	for id, text := range s.documents() {
		if before[id] != text {
			t.Errorf("the document %s changed", id)
		}
	}
}
