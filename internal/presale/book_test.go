package presale

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

// stage is a season's codes in a database, and the nodes that use them.
type stage struct {
	*testing.T
	stores *store.Stores
	ring   *keys.Ring
	season string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t, testkit.Open(t, ""), ring, testkit.SeasonID()}
}

func (s *stage) node() *Book { return New(Options{Mongo: s.stores.Mongo, Keys: s.ring}) }

func (s *stage) add(codes ...Code) int {
	s.Helper()
	n, err := s.node().Add(s.Context(), s.season, codes)
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func (s *stage) wantFigures(want Figures) {
	s.Helper()
	if got, err := s.node().Figures(s.Context(), s.season); err != nil || got != want {
		s.Errorf("%+v %v, want %+v", got, err, want)
	}
}

func TestACodeIsUsedOncePerFanWhateverItsCase(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if n := s.add(Code{"Fan-Club 7", 2}, Code{"STRASSE", 1}); n != 2 {
		t.Fatal(n)
	}
	one, two := s.node(), s.node()
	for _, code := range []string{"fan-club 7", " FAN-CLUB 7\t", "Ｆan-Club 7"} {
		for _, n := range []*Book{one, two} {
			if err := n.Use(t.Context(), s.season, "ann", code); err != nil {
				t.Errorf("%q: %v", code, err)
			}
		}
	}
	if err := one.Use(t.Context(), s.season, "ann", "straße"); err != nil {
		t.Error(err)
	}
	s.wantFigures(Figures{Codes: 2, Uses: 3, Used: 2})
	for _, code := range []string{"", "  ", "fan-club 8", "fan-club"} {
		if err := two.Use(t.Context(), s.season, "bob", code); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", code, err)
		}
	}
	if err := two.Use(t.Context(), testkit.SeasonID(), "bob", "fan-club 7"); !errors.Is(err, ErrUnknown) {
		t.Errorf("the code of another season: %v", err)
	}
	for user, want := range map[string]bool{"ann": true, "bob": false} {
		if is, err := two.Cleared(t.Context(), s.season, user); err != nil || is != want {
			t.Errorf("%s: %v %v", user, is, err)
		}
	}
}

// TestNoCodeIsUsedMoreOftenThanItMay sends many fans to two nodes at once, each fan to
// both of them.
func TestNoCodeIsUsedMoreOftenThanItMay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const uses, fans = 23, 40
	s.add(Code{"group", uses})
	nodes := []*Book{s.node(), s.node()}
	var let [fans]atomic.Int32
	var all sync.WaitGroup
	for i := range fans {
		for _, n := range nodes {
			all.Go(func() {
				err := n.Use(t.Context(), s.season, fmt.Sprint("fan-", i), "GROUP")
				if err == nil {
					let[i].Add(1)
				} else if !errors.Is(err, ErrUsedUp) {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	in := 0
	for i := range let {
		switch n := let[i].Load(); n {
		case 2:
			in++
		case 1:
			t.Errorf("fan-%d: one node accepted the code and one did not", i)
		}
	}
	if in != uses {
		t.Errorf("%d fans used a code of %d uses", in, uses)
	}
	s.wantFigures(Figures{Codes: 1, Uses: uses, Used: uses})
	s.add(Code{"group", uses + 1})
	if err := nodes[0].Use(t.Context(), s.season, "late", "group"); err != nil {
		t.Errorf("the code got one more use: %v", err)
	}
}

// TestAKilledNodeCountsAUseOnce ends a node after the slot was taken and before the fan
// was noted.
func TestAKilledNodeCountsAUseOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(Code{"abcd", 3})
	dying, next := s.node(), s.node()
	row, err := store.Find[codeRow](t.Context(), dying.codes, s.season+"/"+dying.hashes(s.season, "abcd")[0])
	if err != nil || row == nil {
		t.Fatal(row, err)
	}
	if _, err := dying.take(t.Context(), row, "ann"); err != nil {
		t.Fatal(err)
	}
	if is, err := next.Cleared(t.Context(), s.season, "ann"); err != nil || is {
		t.Fatal(is, err)
	}
	if err := next.Use(t.Context(), s.season, "ann", "abcd"); err != nil {
		t.Fatal(err)
	}
	s.wantFigures(Figures{Codes: 1, Uses: 3, Used: 1})
}

func TestCodesAreStoredHashedUnderAKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.add(Code{"secret-code", 1})
	cursor, err := s.stores.Mongo.Collection(codesName).Find(t.Context(), bson.D{{Key: "season", Value: s.season}})
	if err != nil {
		t.Fatal(err)
	}
	var rows []bson.M
	if err := cursor.All(t.Context(), &rows); err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if text := fmt.Sprint(rows); strings.Contains(text, "secret") {
		t.Error("the code is readable:", text)
	}
	other := newStage(t)
	if s.node().hashes(s.season, "x")[0] == other.node().hashes(s.season, "x")[0] {
		t.Error("the hash does not depend on the key")
	}
}

// TestCodesOutliveANewSigningKey rotates the key: the old one stays in the ring.
func TestCodesOutliveANewSigningKey(t *testing.T) {
	t.Parallel()
	_, old, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, young, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	if s.ring, err = keys.New(old); err != nil {
		t.Fatal(err)
	}
	s.add(Code{"before", 1})
	if s.ring, err = keys.New(young, old); err != nil {
		t.Fatal(err)
	}
	if n := s.add(Code{"before", 1}, Code{"after", 1}); n != 1 {
		t.Errorf("%d codes are new", n)
	}
	if err := s.node().Use(t.Context(), s.season, "ann", "before"); err != nil {
		t.Error(err)
	}
	if err := s.node().Use(t.Context(), s.season, "bob", "before"); !errors.Is(err, ErrUsedUp) {
		t.Errorf("after an upload under the new key the code can be used again: %v", err)
	}
	s.wantFigures(Figures{Codes: 2, Uses: 2, Used: 1})
}
