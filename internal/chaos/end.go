package chaos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// wantClean checks that usher audit finds nothing, also while fans come and go.
func (s *Sale) wantClean() {
	s.t.Helper()
	printed, status := node.Audit(s.t, "--season", s.o.Season,
		"--redis-url", s.o.RedisURL, "--mongo-url", s.o.MongoURL, "--mongo-database", s.o.Database)
	s.out.Audits++
	if status != 0 || printed != "" {
		s.out.Dirty = append(s.out.Dirty, fmt.Sprintf("exit status %d: %s", status, printed))
		s.t.Errorf("usher audit exits %d:\n%s", status, printed)
	}
}

// wantEnd ends the sale in every test of faults. The audit is clean under load; then
// joining ends, all fans in line are admitted in the order of their numbers, and Redis
// keeps no remains.
func (s *Sale) wantEnd() {
	s.t.Helper()
	s.say("usher audit, under load")
	s.wantClean()
	s.say("no visitor joins again; all in line are admitted")
	close(s.closing)
	out := make(chan struct{})
	go func() {
		s.crowd.Wait()
		close(out)
	}()
	select {
	case <-out:
	case <-time.After(2 * time.Minute):
		for _, v := range s.visitors {
			s.t.Logf("%s: %v", v.Name, v.standing.Load())
		}
		s.t.Fatal("not every fan in line was admitted within two minutes")
	}
	s.stopIfViolated()
	s.wantOrder()
	s.wantPurchases()
	if !s.fault.Stage.Lossy {
		s.wantNumbers()
	}
	for what, key := range map[string]string{"waits": "waiting_list:{", "has a place": "active_users:{", "holds a seat": "holder:{"} {
		testkit.Eventually(s.t, 15*time.Second, "no fan "+what, func() bool {
			n, err := s.store.Redis.Exists(s.ctx, key+s.o.Season+"}").Result()
			return err == nil && n == 0
		})
	}
	s.wantClean()
	if looks := s.looks.Load(); looks < 100 {
		s.t.Errorf("the limit was checked only %d times", looks)
	}
	s.t.Logf("%d visits, %d entered, %d purchases; the limit was checked %d times", s.visits.Load(), s.entered.Load(), s.bought.Load(), s.looks.Load())
}

// wantNumbers checks that as many numbers were drawn as fans joined, so that no visit
// had two numbers.
func (s *Sale) wantNumbers() {
	s.t.Helper()
	line, err := s.store.Redis.HGetAll(s.ctx, "line:{"+s.o.Season+"}").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	last, _ := strconv.ParseInt(line["number"], 10, 64)
	first, _ := strconv.ParseInt(line["first"], 10, 64)
	if drawn := last - first + 1; drawn != s.visits.Load() {
		s.t.Errorf("%d numbers were drawn for %d visits", drawn, s.visits.Load())
	}
}

// wantOrder checks that within an epoch, turns came in the order of numbers. A turn's
// name in the ledger is its epoch and version, so the order is that of the scripts and
// depends on no clock.
func (s *Sale) wantOrder() {
	s.t.Helper()
	type turn struct{ epoch, version, number int64 }
	var entries []struct {
		ID   string `bson:"_id"`
		Turn string `bson:"turn"`
	}
	cursor, err := s.store.Mongo.Collection("admissions").Find(s.t.Context(), bson.D{{Key: "season", Value: s.o.Season}})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cursor.All(s.t.Context(), &entries); err != nil {
		s.t.Fatal(err)
	}
	var turns []turn
	for _, e := range entries {
		if e.Turn == "" {
			continue // the fan left the line
		}
		var one turn
		if _, err := fmt.Sscanf(e.Turn, "%d.%d", &one.epoch, &one.version); err != nil {
			s.t.Fatalf("admission %s by turn %q: %v", e.ID, e.Turn, err)
		}
		one.number, err = strconv.ParseInt(e.ID[strings.LastIndexByte(e.ID, '/')+1:], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		turns = append(turns, one)
	}
	slices.SortFunc(turns, func(a, b turn) int {
		switch {
		case a.epoch != b.epoch:
			return int(a.epoch - b.epoch)
		case a.version != b.version:
			return int(a.version - b.version)
		}
		return int(a.number - b.number)
	})
	for i := 1; i < len(turns); i++ {
		before, after := turns[i-1], turns[i]
		if before.epoch == after.epoch && before.number > after.number && !s.away[after.number] {
			s.t.Errorf("number %d had its turn (%d.%d) before number %d (%d.%d)",
				before.number, before.epoch, before.version, after.number, after.epoch, after.version)
		}
	}
	if len(turns) < socketVisitors {
		s.t.Errorf("%d turns are in the ledger", len(turns))
	}
}
