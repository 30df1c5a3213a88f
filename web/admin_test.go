package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/warn"
	"usher/internal/wire"
)

// adminSeason is the answer of the admin's season routes.
type adminSeason struct {
	Settings booking.Settings `json:"settings"`
	Live     wire.Live        `json:"live"`
	Warnings []string         `json:"warnings"`
}

func TestAdminsCreateAndChangeSeasons(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":7,"lease":"45s"}`, func(o *Options) {
		o.Warn = warn.New(slog.New(slog.DiscardHandler))
		o.Warn.Set("stores", "Redis keeps no append-only file")
	})
	admin := s.signIn(t, adminEmail)
	path := "/admin/seasons/" + s.season

	var got adminSeason
	admin.get(t, path).wants(t, http.StatusOK).into(t, &got)
	if got.Settings.Name != "Gala" || got.Settings.ActiveLimit != 7 || time.Duration(got.Settings.Lease) != 45*time.Second ||
		got.Live.Available != 7 || got.Live.Nodes == nil || len(got.Warnings) != 1 {
		t.Fatalf("got %+v", got)
	}
	admin.put(t, path, `{"activeLimit":9}`).wants(t, http.StatusOK).into(t, &got)
	if got.Settings.ActiveLimit != 9 || got.Settings.Name != "Gala" {
		t.Fatalf("after a change of one setting, the settings are %+v", got.Settings)
	}
	testkit.Eventually(t, soon, "the line has the new limit", func() bool { return admin.status(t).Limit == 9 })

	for _, body := range []string{`{"activeLimit":-1}`, `{"lease":"soon"}`, `{"nmae":"x"}`, `[]`, `{`} {
		admin.put(t, path, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	admin.send(t, "PUT", path, "text/plain", `{}`).wantsProblem(t, http.StatusUnsupportedMediaType, fault.UnsupportedMedia)
	admin.put(t, "/admin/seasons/NOT%20AN%20ID", `{}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/seasons/nothing").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	admin.post(t, path+"/pause", "").wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the line is paused", func() bool { return admin.status(t).Paused })
	admin.post(t, path+"/resume", "").wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the line is resumed", func() bool { return !admin.status(t).Paused })
}

func TestAdminsImportSeatPlans(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin := s.signIn(t, adminEmail)
	path := "/admin/seasons/" + s.season + "/seats"

	admin.send(t, "POST", path, "application/json", "{}").wantsProblem(t, http.StatusUnsupportedMediaType, fault.UnsupportedMedia)
	admin.send(t, "POST", path, "text/csv", strings.Repeat("x", maxPlan+1)).wantsProblem(t, http.StatusRequestEntityTooLarge, fault.TooLarge)
	problem := admin.send(t, "POST", path, "text/csv; charset=utf-8", "seatNumber,category,price\nA-1,,100\n").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	rows, _ := problem.Errors.([]any)
	if len(rows) != 1 {
		t.Fatalf("got errors %v", problem.Errors)
	}
	if row, _ := rows[0].(map[string]any); row["line"] != 2.0 || row["column"] == nil || row["problem"] == "" {
		t.Errorf("got %v", rows[0])
	}
	var again booking.Imported
	admin.send(t, "POST", path, "text/csv", plan).wants(t, http.StatusOK).into(t, &again)
	if again.Imported != 8 || again.Version != 1 {
		t.Errorf("importing the same plan again answered %+v", again)
	}
}

func TestAdminsSeeTheLineAndRemoveFans(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin := s.signIn(t, adminEmail)
	ann := s.signIn(t, "ann@example.com")
	ann.hold(t, "A-1")
	ben, cat := s.signIn(t, "ben@example.com"), s.signIn(t, "cat@example.com")
	path := "/admin/seasons/" + s.season

	var line wire.Line
	admin.get(t, path+"/waiting").wants(t, http.StatusOK).into(t, &line)
	if len(line.Waiting) != 2 || line.Next != nil || line.Waiting[0].UserID != ben.user.ID || line.Waiting[0].Position != 1 ||
		line.Waiting[0].Name != ben.user.Name || line.Waiting[1].UserID != cat.user.ID {
		t.Fatalf("got %+v", line)
	}
	admin.get(t, path+"/waiting?limit=1").wants(t, http.StatusOK).into(t, &line)
	if len(line.Waiting) != 1 || line.Next == nil {
		t.Fatalf("the first page of one row is %+v", line)
	}
	admin.get(t, path+"/waiting?limit=1&cursor="+*line.Next).wants(t, http.StatusOK).into(t, &line)
	if len(line.Waiting) != 1 || line.Waiting[0].UserID != cat.user.ID || line.Waiting[0].Position != 2 {
		t.Fatalf("the next page is %+v", line)
	}
	admin.get(t, path+"/waiting?limit=0").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	for range 2 {
		admin.delete(t, path+"/users/"+ann.user.ID).wants(t, http.StatusNoContent)
	}
	admin.delete(t, path+"/users/ann").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	if got := ann.status(t); got.State != "none" {
		t.Errorf("the removed fan's status is %+v", got)
	}
	var cart wire.Cart
	ann.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 0 {
		t.Errorf("the removed fan still holds %+v", cart)
	}
	if got := ben.status(t); got.State != "turn" {
		t.Errorf("the status of the next fan in line is %+v", got)
	}
}

func TestAdminsSearchTheLineAndListActiveFans(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"activeLimit":3}`, nil)
	admin := s.signIn(t, adminEmail)
	path := "/admin/seasons/" + s.season
	var in []*caller
	for _, email := range []string{"ann@example.com", "ben@example.com", "cat@example.com"} {
		in = append(in, s.signIn(t, email))
	}
	dan, eve := s.signIn(t, "dan@example.com"), s.signIn(t, "eve@example.com")
	in[0].post(t, "/waitingList/leave", "").wants(t, http.StatusOK) // Dan has the turn now

	seen := map[string]wire.ActiveUser{}
	cursor := ""
	for range 3 {
		var page wire.ActiveUsers
		admin.get(t, path+"/active?limit=1"+cursor).wants(t, http.StatusOK).into(t, &page)
		if len(page.Active) != 1 || page.Next == nil {
			t.Fatalf("a page of one active fan is %+v", page)
		}
		seen[page.Active[0].UserID] = page.Active[0]
		cursor = "&cursor=" + *page.Next
	}
	turn, active := seen[dan.user.ID], seen[in[1].user.ID]
	if len(seen) != 3 || turn.State != "turn" || turn.SessionEndsAt != nil || active.State != "active" || active.SessionEndsAt == nil || active.Name != in[1].user.Name {
		t.Errorf("the three active fans are listed as %+v", seen)
	}
	var rest wire.ActiveUsers
	admin.get(t, path+"/active?limit=1"+cursor).wants(t, http.StatusOK).into(t, &rest)
	if len(rest.Active) != 0 || rest.Next != nil {
		t.Errorf("the page after the last one is %+v", rest)
	}
	admin.get(t, path+"/active?cursor=s.x.y").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	for _, q := range []string{eve.user.ID, "EVE@example.com", "FAN eve"} {
		var line wire.Line
		admin.get(t, path+"/waiting?q="+url.QueryEscape(q)).wants(t, http.StatusOK).into(t, &line)
		if len(line.Waiting) != 1 || line.Waiting[0].UserID != eve.user.ID || line.Waiting[0].Position != 1 || line.Next != nil {
			t.Errorf("a search for %q finds %+v", q, line)
		}
	}
	var found wire.ActiveUsers
	admin.get(t, path+"/active?q="+in[2].user.ID).wants(t, http.StatusOK).into(t, &found)
	if len(found.Active) != 1 || found.Active[0].UserID != in[2].user.ID {
		t.Errorf("a search among active fans finds %+v", found)
	}
	admin.get(t, path+"/active?q="+eve.user.ID).wants(t, http.StatusOK).into(t, &found)
	if len(found.Active) != 0 {
		t.Errorf("a waiting fan is listed as active: %+v", found)
	}
	for _, q := range []string{"x", strings.Repeat("x", 500), "%00%00", "a%00b", "a@%00", "%ff%ff"} {
		admin.get(t, path+"/waiting?q="+q).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	eve.get(t, path+"/active").wantsProblem(t, http.StatusForbidden, fault.Forbidden)

	// The cursor names a fan who has left. The list continues behind that number.
	var first, second wire.ActiveUsers
	admin.get(t, path+"/active?limit=2").wants(t, http.StatusOK).into(t, &first)
	admin.delete(t, path+"/users/"+first.Active[1].UserID).wants(t, http.StatusNoContent)
	admin.get(t, path+"/active?limit=2&cursor="+*first.Next).wants(t, http.StatusOK).into(t, &second)
	if len(second.Active) != 1 || second.Active[0].UserID == first.Active[0].UserID || second.Active[0].UserID == first.Active[1].UserID {
		t.Errorf("behind a fan who has left, the page is %+v", second)
	}
}

func TestTheAuditLogNamesTheAdminAndTheChange(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	path := "/admin/seasons/" + s.season
	admin.put(t, path, `{"activeLimit":9}`).wants(t, http.StatusOK)
	admin.post(t, path+"/pause", "").wants(t, http.StatusOK)
	admin.delete(t, path+"/users/"+ann.user.ID).wants(t, http.StatusNoContent)

	var log struct {
		Changes []struct {
			At            wire.Time
			By, Action    string
			Name          *string
			Before, After map[string]any
		}
		Next *string
	}
	admin.get(t, "/admin/audit-log").wants(t, http.StatusOK).into(t, &log)
	if len(log.Changes) < 4 {
		t.Fatalf("got %+v", log)
	}
	putOut, paused, limit := log.Changes[0], log.Changes[1], log.Changes[2]
	if putOut.Action != "put_out" || putOut.By != adminEmail || putOut.Before["user"] != ann.user.ID {
		t.Errorf("remove: %+v", putOut)
	}
	if paused.Action != "pause" || paused.Before["paused"] != false || paused.After["paused"] != true {
		t.Errorf("pause: %+v", paused)
	}
	if limit.Action != "settings" || limit.Before["activeLimit"] != 1.0 || limit.After["activeLimit"] != 9.0 {
		t.Errorf("settings: %+v", limit)
	}
	whole := len(log.Changes)
	for seen, cursor := 0, ""; ; {
		admin.get(t, "/admin/audit-log?limit=1&cursor="+cursor).wants(t, http.StatusOK).into(t, &log)
		seen += len(log.Changes)
		if log.Next == nil {
			if seen != whole {
				t.Errorf("pages have %d rows together, one large page has %d", seen, whole)
			}
			break
		}
		cursor = *log.Next
	}
	admin.get(t, "/admin/audit-log?cursor=x").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	ann.get(t, "/admin/audit-log").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
}

func TestSettingsAreSavedWhileRedisDoesNotAnswer(t *testing.T) {
	t.Parallel()
	deaf := fault.New(fault.Unavailable, "redis is away")
	s := open(t, func(o *Options) {
		o.SeasonChanged = func(context.Context, booking.Season) error { return deaf }
	})
	admin := s.session(t, adminEmail)
	var got adminSeason
	admin.put(t, "/admin/seasons/"+s.season, oneAtATime).wants(t, http.StatusOK).into(t, &got)
	if len(got.Warnings) == 0 || !strings.Contains(got.Warnings[0], "redis is away") {
		t.Errorf("got warnings %q", got.Warnings)
	}
}
