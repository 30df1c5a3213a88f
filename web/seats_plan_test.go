package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestThePlanIsReadOnceAndKept: its address changes with the plan, and the address of the
// plan before is not found any more.
func TestThePlanIsReadOnceAndKept(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"activeLimit":10}`, nil)
	about := func() *wire.SeasonPlan {
		t.Helper()
		var season wire.Season
		s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
		if season.Plan == nil {
			t.Fatal("the season does not say where its plan is")
		}
		return season.Plan
	}
	first := about()
	answer := s.anonymous().get(t, first.URL).wants(t, http.StatusOK)
	if got := answer.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control of the plan is %q", got)
	}
	var read wire.SeatPlan
	answer.into(t, &read)
	if read.Count != first.Seats || len(read.Number) != read.Count || read.Version != first.Version {
		t.Errorf("the plan has %d seats and version %d, its season says %+v", read.Count, read.Version, first)
	}
	s.anonymous().get(t, first.URL+"0").wants(t, http.StatusNotFound)

	admin := s.signIn(t, adminEmail)
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", strings.ReplaceAll(plan, "A-4", "A-9")).wants(t, http.StatusOK)
	if second := about(); second.URL == first.URL || second.Version <= first.Version {
		t.Errorf("after an import the plan is at %+v, before it was at %+v", second, first)
	}
	s.anonymous().get(t, first.URL).wants(t, http.StatusNotFound)
}

func TestACartGetsAMinuteMore(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"activeLimit":10,"maxSeats":3}`, nil)
	ann := s.signIn(t, "ann@example.com")
	ann.post(t, "/waitingList/join", "").wants(t, http.StatusOK)
	ann.post(t, "/holds/extend", "").wantsProblem(t, http.StatusGone, fault.HoldExpired)
	ann.hold(t, "A-1")
	var before, after, again wire.Cart
	ann.get(t, "/holds").wants(t, http.StatusOK).into(t, &before)
	ann.post(t, "/holds/extend", "").wants(t, http.StatusOK).into(t, &after)
	if more := time.Time(*after.ExpiresAt).Sub(time.Time(*before.ExpiresAt)); more != time.Minute || !before.CanExtend || after.CanExtend {
		t.Errorf("the cart got %v more: %+v, then %+v", more, before, after)
	}
	ann.post(t, "/holds/extend", "").wants(t, http.StatusOK).into(t, &again)
	if !time.Time(*again.ExpiresAt).Equal(time.Time(*after.ExpiresAt)) {
		t.Errorf("asked again the cart ends at %v, want %v", again.ExpiresAt, after.ExpiresAt)
	}
	// One seat and three better ones are more than three, unless they replace the one.
	ann.post(t, "/holds", `{"best":{"count":3}}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.SeatLimit)
	ann.post(t, "/holds", `{"best":{"count":3,"swap":true}}`).wants(t, http.StatusCreated).into(t, &again)
	if len(again.Seats) != 3 {
		t.Errorf("the swap left %+v", again)
	}
}
