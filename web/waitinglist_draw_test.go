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

// TestTheDrawOfALaterPhaseIsPublished: fans who join between two phases are drawn at the
// opening of the second, and its account can be checked by its number.
func TestTheDrawOfALaterPhaseIsPublished(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	plan := func(opens time.Time) string {
		text := func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
		return `{"name":"Gala","currency":"EUR","activeLimit":1,"phases":[{"name":"Presale","opensAt":"` + text(now.Add(-2*time.Hour)) + `","closesAt":"` + text(now.Add(-time.Hour)) +
			`","access":"code"},{"name":"General sale","opensAt":"` + text(opens) + `","access":"open"}]}`
	}
	s := openSale(t, plan(now.Add(time.Hour)), nil)
	var season wire.Season
	s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
	if len(season.Draws) != 1 || season.Draws[0].Number != 2 || season.Draws[0].Held {
		t.Fatalf("before the opening: %+v", season.Draws)
	}
	fans := []*caller{s.signIn(t, "ann@example.com"), s.signIn(t, "ben@example.com"), s.signIn(t, "cat@example.com")}
	var ids []string
	for _, fan := range fans {
		if got := fan.status(t); got.State != "gathering" || got.Position != nil || got.OpensAt == nil {
			t.Fatalf("between the phases: %+v", got)
		}
	}
	s.signIn(t, adminEmail).put(t, "/admin/seasons/"+s.season, plan(time.Now())).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the draw is held", func() bool { return fans[0].status(t).State != "gathering" })
	s.anonymous().get(t, "/waitingList/draw?number=1").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	s.anonymous().get(t, "/waitingList/draw?number=21").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	var account draw.Account
	for _, fan := range fans {
		fan.get(t, "/waitingList/draw?number=2").wants(t, http.StatusOK).into(t, &account)
		if account.Number != 2 || account.Count != 3 || account.You == nil || account.You.Rank == nil {
			t.Fatalf("%+v", account)
		}
		ids = append(ids, account.You.User)
	}
	client := &http.Client{}
	defer client.CloseIdleConnections()
	check := draw.Check{URL: s.url, Season: s.season, Number: 2, User: ids[0], Commitment: season.Draws[0].Commitment, Users: ids, Client: client}
	report, err := draw.Verify(t.Context(), check)
	must(t, err)
	// The opening was moved to draw now, and the commitment covers the opening.
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "phases of the sale are not those of the commitment") || report.Rank == 0 {
		t.Errorf("%+v", report)
	}
	listed, err := draw.List(t.Context(), check)
	must(t, err)
	if len(listed) != 1 || listed[0] != (draw.Listed{Number: 2, Held: true}) {
		t.Errorf("%+v", listed)
	}
}
