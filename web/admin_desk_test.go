package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestAdminsSeeAChangeOfSettingsBeforeItIsMade: the dry run has the settings as they would
// be, each wrong field has a code of its own, and nothing changes.
func TestAdminsSeeAChangeOfSettingsBeforeItIsMade(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":7}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	path := "/admin/seasons/" + s.season
	var preview struct {
		Settings booking.Settings
		Exists   bool
	}
	admin.put(t, path+"?dryRun=true", `{"activeLimit":9,"venue":{"name":"Opera","address":""}}`).wants(t, http.StatusOK).into(t, &preview)
	if !preview.Exists || preview.Settings.ActiveLimit != 9 || preview.Settings.Name != "Gala" || preview.Settings.Venue.Name != "Opera" {
		t.Errorf("the preview is %+v", preview)
	}
	admin.put(t, "/admin/seasons/quite-new?dryRun=true", `{"name":"New"}`).wants(t, http.StatusOK).into(t, &preview)
	if preview.Exists || preview.Settings.Name != "New" {
		t.Errorf("the preview of a new season is %+v", preview)
	}
	admin.get(t, "/admin/seasons/quite-new").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	var got adminSeason
	admin.get(t, path).wants(t, http.StatusOK).into(t, &got)
	if got.Settings.ActiveLimit != 7 || got.Settings.Venue != nil {
		t.Errorf("the dry run changed the season: %+v", got.Settings)
	}
	for _, query := range []string{"?dryRun=true", ""} {
		problem := admin.put(t, path+query, `{"nmae":"x","lease":"soon","maxSeats":"six","opensAt":"2027-03-02T10:00:00Z","closesAt":"2027-03-01T10:00:00Z","timeZone":"Mars","turnWindow":"1ms","currency":null,"startsAt":"tomorrow","venue":{"name":"","address":"a"},"name":"."}`).
			wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		codes := []string{}
		for _, f := range problem.Fields {
			if f.Problem == "" || !strings.Contains(problem.Detail, f.Problem) {
				t.Errorf("field %s: %q does not stand in %q", f.Field, f.Problem, problem.Detail)
			}
			codes = append(codes, f.Field+" "+f.Code)
		}
		slices.Sort(codes)
		want := "closesAt order, currency missing, lease format, maxSeats type, name text, nmae unknown, startsAt format, timeZone format, turnWindow range, venue.name text"
		if strings.Join(codes, ", ") != want {
			t.Errorf("the fields are %q, want %q", codes, want)
		}
	}
	admin.put(t, path+"?dryRun=perhaps", `{}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	ann.put(t, path+"?dryRun=true", `{}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	ann.hold(t, "A-1")
	ann.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated)
	for _, query := range []string{"?dryRun=true", ""} {
		problem := admin.put(t, path+query, `{"currency":"CHF"}`).wantsProblem(t, http.StatusConflict, fault.Conflict)
		if len(problem.Fields) != 1 || problem.Fields[0].Field != "currency" || problem.Fields[0].Code != "fixed" {
			t.Errorf("the currency is refused with %+v", problem.Fields)
		}
	}
}

// TestAdminsSeeASeatPlanBeforeItIsPublished: the dry run says what would change, and
// refuses what the import would refuse.
func TestAdminsSeeASeatPlanBeforeItIsPublished(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":7}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	path := "/admin/seasons/" + s.season + "/seats"
	preview := func(csv string) (p wire.PlanPreview) {
		t.Helper()
		admin.send(t, "POST", path+"?dryRun=true", "text/csv", csv).wants(t, http.StatusOK).into(t, &p)
		return p
	}
	if p := preview(plan); p.Added+p.Changed+p.Removed != 0 || p.Seats != 8 || p.Current != 8 || p.Version != 1 || p.Begun || strings.Trim(p.Layout.State, "sb") != "" {
		t.Errorf("the same plan: %+v", p)
	}
	lines := strings.Split(strings.TrimSpace(plan), "\n")
	changed := strings.Join(lines[:len(lines)-1], "\n") + "\nZ-1,VIP,9900,Balcony,Z\n" // one fewer, one more
	if len(strings.Split(lines[0], ",")) != 5 {
		changed = strings.Join(lines[:len(lines)-1], "\n") + "\nZ-1,VIP,9900" + strings.Repeat(",", len(strings.Split(lines[0], ","))-3) + "\n"
	}
	p := preview(changed)
	if p.Added != 1 || p.Removed != 1 || p.Seats != 8 || len(p.Layout.X) != 8 || p.Layout.State[7] != 'a' || p.Currency != "EUR" || len(p.Categories) != 2 || p.Categories[0].To != 9900 {
		t.Errorf("another plan: %+v", p)
	}
	problem := admin.send(t, "POST", path+"?dryRun=true", "text/csv", "seatNumber,category,price\nA-1,,100\n").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if rows, _ := problem.Errors.([]any); len(rows) != 1 {
		t.Errorf("a wrong file: %+v", problem)
	}
	ann.hold(t, "A-1")
	admin.send(t, "POST", path+"?dryRun=true", "text/csv", changed).wantsProblem(t, http.StatusConflict, fault.Conflict)
	preview(plan)
	ann.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated)
	testkit.Eventually(t, soon, "the plan is under sale", func() bool { return preview(changed).Begun })
	without := lines[0] + "\n" + strings.Join(lines[2:], "\n") + "\n"
	if got := admin.send(t, "POST", path+"?dryRun=true", "text/csv", without).wantsProblem(t, http.StatusConflict, fault.SeatTaken); !slices.Equal(got.Seats, []string{"A-1"}) {
		t.Errorf("the seats in the way are %q", got.Seats)
	}
	admin.send(t, "POST", path, "text/csv", without).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	if p := preview(plan); p.Version != 1 {
		t.Errorf("a dry run published version %d", p.Version)
	}
}

// TestAdminsReadWhyAFanIsNotIn: place, presence, admissions and lapses of one fan, found by
// name also when the fan is in no list.
func TestAdminsReadWhyAFanIsNotIn(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin, ann, bob := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com"), s.signIn(t, "bob@example.com")
	path := "/admin/seasons/" + s.season
	user := func(of *caller) (u wire.LineUser) {
		t.Helper()
		admin.get(t, path+"/users/"+of.user.ID).wants(t, http.StatusOK).into(t, &u)
		return u
	}
	ann.post(t, "/waitingList/join", "{}").wants(t, http.StatusOK)
	bob.post(t, "/waitingList/join", "{}").wants(t, http.StatusOK)
	if u := user(ann); u.State != "active" || u.AdmittedAt == nil || len(u.Reasons) != 0 || u.SessionEndsAt == nil {
		t.Errorf("in the sale: %+v", u)
	}
	if u := user(bob); u.State != "waiting" || u.Position != 1 || !u.Present || u.Connected || u.PresentUntil == nil || !slices.Equal(u.Reasons, []wire.WaitReason{wire.WaitNoPlace}) {
		t.Errorf("in line: %+v", u)
	}
	admin.post(t, path+"/pause", `{"reason":"A fire alarm"}`).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the pause is named first", func() bool {
		u := user(bob)
		return len(u.Reasons) == 2 && u.Reasons[0] == wire.WaitPaused && u.PauseReason != nil && *u.PauseReason == "A fire alarm"
	})
	bob.post(t, "/waitingList/leave", "").wants(t, http.StatusOK)
	admin.delete(t, path+"/users/"+ann.user.ID).wants(t, http.StatusNoContent)
	if u := user(ann); len(u.Ended) != 1 || u.Ended[0].Was != "active" || u.Ended[0].Reason != "put_out" || !slices.Equal(u.Reasons, []wire.WaitReason{wire.WaitNotInLine}) {
		t.Errorf("after the removal: %+v", u)
	}
	testkit.Eventually(t, soon, "the given-up number is in the ledger", func() bool {
		u := user(bob)
		return len(u.Ended) == 1 && u.Ended[0].Was == "waiting" && u.Ended[0].Reason == "left" && len(u.Numbers) == 1 && u.Numbers[0].What == wire.NumberGivenUp
	})
	var found wire.FoundUsers
	admin.get(t, path+"/users?q="+url.QueryEscape("bob@example.com")).wants(t, http.StatusOK).into(t, &found)
	if len(found.Users) != 1 || found.Users[0].UserID != bob.user.ID || found.Users[0].State != "none" || found.More {
		t.Errorf("found %+v", found)
	}
	admin.get(t, path+"/users?q=b").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, path+"/users/"+strings.Repeat("0", 24)).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	admin.get(t, path+"/users/x").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	for _, denied := range []string{"/users?q=bob", "/users/" + bob.user.ID, "/course"} {
		ann.get(t, path+denied).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	}
	testkit.Eventually(t, soon, "the course has a sample", func() bool {
		var course wire.Course
		admin.get(t, path+"/course").wants(t, http.StatusOK).into(t, &course)
		return course.StepSeconds == 10 && len(course.Samples) > 0
	})
	var log wire.AuditLog
	admin.get(t, "/admin/audit-log?season="+s.season).wants(t, http.StatusOK).into(t, &log)
	if log.Changes[0].Action != "put_out" || log.Changes[0].Name != ann.user.Name {
		t.Errorf("the audit log's newest row is %+v", log.Changes[0])
	}
}
