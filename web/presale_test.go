package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// phases are the settings of two phases, the first with codes, around the present.
func phasesJSON(opens, closes, next time.Time) string {
	return fmt.Sprintf(`{"activeLimit":1,"phases":[{"name":"Presale","opensAt":%q,"closesAt":%q,"access":"code"},{"name":"General sale","opensAt":%q,"access":"open"}]}`,
		opens.Format(time.RFC3339), closes.Format(time.RFC3339), next.Format(time.RFC3339))
}

// TestAPhaseWithCodes sends fans to two nodes: the code is asked for on joining, counted
// once, and never asked for in line.
func TestAPhaseWithCodes(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	s := openSale(t, phasesJSON(now.Add(-time.Hour), now.Add(time.Hour), now.Add(2*time.Hour)), nil)
	other := s.another(t)
	admin := s.signIn(t, adminEmail)
	path := "/admin/seasons/" + s.season + "/codes"

	var figures wire.PresaleCodes
	admin.send(t, "POST", path, "text/csv", "code,uses\nClub-2027,2\nONCE,1\n").wants(t, http.StatusOK).into(t, &figures)
	if figures != (wire.PresaleCodes{Codes: 2, Uses: 3, Added: 2}) {
		t.Fatalf("%+v", figures)
	}
	admin.send(t, "POST", path, "text/csv", "code,uses\nx,1\n").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	var log wire.AuditLog // the upload stands there, without a code, and the refused one does not
	admin.get(t, "/admin/audit-log?season="+s.season).wants(t, http.StatusOK).into(t, &log)
	if first := jsonOf(t, log.Changes[0]); !strings.Contains(first, `"action":"codes"`) || !strings.Contains(first, `"codes":2`) || !strings.Contains(first, adminEmail) ||
		strings.Contains(strings.ToLower(jsonOf(t, log)), "club-2027") || strings.Count(jsonOf(t, log), `"action":"codes"`) != 1 {
		t.Errorf("the audit log: %s", jsonOf(t, log))
	}

	ann := s.signIn(t, "ann@example.com") // signing in does not fail for lack of a code
	there := *ann
	there.url = other.url
	const join = "/waitingList/join"
	ann.post(t, join, "").wantsProblem(t, http.StatusForbidden, fault.CodeRequired)
	there.post(t, join, `{"code":null}`).wantsProblem(t, http.StatusForbidden, fault.CodeRequired)
	ann.post(t, join, fmt.Sprintf(`{"code":%q}`, strings.Repeat("x", 65))).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	there.post(t, join, `{"code":"club-2028"}`).wantsProblem(t, http.StatusForbidden, fault.CodeInvalid)
	for _, c := range []*caller{ann, &there} {
		for range 2 { // in line, no code is asked for, and none is judged
			c.post(t, join, `{"code":" CLUB-2027 "}`).wants(t, http.StatusOK)
			c.post(t, join, `{"code":"wrong"}`).wants(t, http.StatusOK)
			c.post(t, join, "").wants(t, http.StatusOK)
		}
	}
	ann.post(t, "/waitingList/leave", "").wants(t, http.StatusOK)
	there.post(t, join, "").wants(t, http.StatusOK) // who has used a code joins again without one
	figures = wire.PresaleCodes{}
	admin.get(t, path).wants(t, http.StatusOK).into(t, &figures)
	if figures != (wire.PresaleCodes{Codes: 2, Uses: 3, Used: 1}) {
		t.Errorf("%+v", figures)
	}

	s.signIn(t, "bob@example.com").post(t, join, `{"code":"once"}`).wants(t, http.StatusOK)
	cat := s.signIn(t, "cat@example.com")
	problem := cat.post(t, join, `{"code":"once"}`).wantsProblem(t, http.StatusForbidden, fault.CodeInvalid)
	if !strings.Contains(problem.Detail, "as often as it may") {
		t.Errorf("%+v", problem)
	}
	figures = wire.PresaleCodes{}
	admin.get(t, path).wants(t, http.StatusOK).into(t, &figures)
	if state := cat.status(t).State; figures.Used != 2 || state != "none" {
		t.Errorf("after a code that is used up: %+v, the fan is %s", figures, state)
	}

	// Guessing: a user has five tries a minute, over both nodes.
	dan := s.signIn(t, "dan@example.com")
	elsewhere := *dan
	elsewhere.url = other.url
	for i := range 6 {
		c := []*caller{dan, &elsewhere}[i%2]
		answer := c.post(t, join, fmt.Sprintf(`{"code":"guess-%d"}`, i))
		if i < 5 {
			answer.wantsProblem(t, http.StatusForbidden, fault.CodeInvalid)
		} else {
			answer.wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited)
		}
	}
	dan.post(t, join, `{"code":"club-2027"}`).wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited)

	var season wire.Season
	dan.get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
	if len(season.Phases) != 2 || season.Phases[0].Access != "code" || season.Phases[1].ClosesAt != nil || season.OpensAt.String() != season.Phases[0].OpensAt.String() {
		t.Errorf("%+v", season.Phases)
	}

	// The next phase is for all.
	admin.put(t, "/admin/seasons/"+s.season, phasesJSON(now.Add(-2*time.Hour), now.Add(-time.Hour), now.Add(-time.Minute))).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the next phase takes a fan without a code", func() bool { return dan.post(t, join, "").status == http.StatusOK })
	before := admin.get(t, "/seasons/"+s.season).wants(t, http.StatusOK)
	overlap := admin.put(t, "/admin/seasons/"+s.season, phasesJSON(now, now.Add(2*time.Hour), now.Add(time.Hour))).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if len(overlap.Fields) != 1 || overlap.Fields[0].Field != "phases[1].opensAt" {
		t.Errorf("overlapping phases: %+v", overlap)
	}
	var was, is wire.Season
	before.into(t, &was)
	admin.get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &is)
	if jsonOf(t, is.Phases) != jsonOf(t, was.Phases) {
		t.Errorf("the refused phases have changed %+v to %+v", was.Phases, is.Phases)
	}
}
