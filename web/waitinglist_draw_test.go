package web

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/draw"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

func TestADrawIsPublishedAfterItIsHeld(t *testing.T) {
	t.Parallel()
	at := func(opens time.Time) string {
		return `{"name":"Gala","currency":"EUR","activeLimit":1,"opensAt":"` + opens.UTC().Format(time.RFC3339Nano) + `"}`
	}
	s := openSale(t, at(time.Now().Add(time.Hour)), nil)
	var season wire.Season
	s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
	if season.Draw == nil || len(season.Draw.Commitment) != 64 || season.Draw.Held {
		t.Fatalf("before the opening: %+v", season.Draw)
	}
	s.anonymous().get(t, "/waitingList/draw").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	s.anonymous().get(t, "/waitingList/draw/list").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	fans := []*caller{s.signIn(t, "ann@example.com"), s.signIn(t, "ben@example.com"), s.signIn(t, "cat@example.com")}
	for _, fan := range fans {
		if got := fan.status(t); got.State != "gathering" || got.Position != nil {
			t.Fatalf("before the opening: %+v", got)
		}
	}
	s.signIn(t, adminEmail).put(t, "/admin/seasons/"+s.season, at(time.Now())).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the draw is held", func() bool { return fans[0].status(t).State != "gathering" })

	var account draw.Account
	s.anonymous().get(t, "/waitingList/draw").wants(t, http.StatusOK).into(t, &account)
	if account.You != nil || account.Count != 3 || account.Commitment != season.Draw.Commitment || account.Beacon != nil || account.BeaconNote == "" {
		t.Fatalf("%+v", account)
	}
	list := s.anonymous().get(t, account.List).wants(t, http.StatusOK)
	lines := strings.Split(strings.TrimSuffix(string(list.body), "\n"), "\n")
	if len(lines) != 3 || !slices.IsSorted(lines) || !strings.HasPrefix(list.header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%v %q", list.header, list.body)
	}
	seed, err := hex.DecodeString(account.Seed)
	must(t, err)
	for _, fan := range fans {
		fan.get(t, "/waitingList/draw").wants(t, http.StatusOK).into(t, &account)
		you := account.You
		if you == nil || you.Rank == nil || lines[*you.Rank-1] != you.Mark || draw.MarkOf(seed, you.User).String() != you.Mark {
			t.Fatalf("%+v", you)
		}
		status := fan.status(t)
		if *you.Rank == 1 && status.State != "turn" || *you.Rank > 1 && (status.Position == nil || *status.Position != *you.Rank-1) {
			t.Errorf("rank %d: %+v", *you.Rank, status)
		}
	}
	late := s.signIn(t, "dan@example.com")
	late.get(t, "/waitingList/draw").wants(t, http.StatusOK).into(t, &account)
	if account.You == nil || account.You.Rank != nil {
		t.Errorf("a fan who joined after the draw has a rank: %+v", account.You)
	}
	s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
	if !season.Draw.Held {
		t.Errorf("after the opening: %+v", season.Draw)
	}
}
