package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestAdminsMoveSeatsIntoAllotments changes allotments on one node, while fans look and hold
// on another.
func TestAdminsMoveSeatsIntoAllotments(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"activeLimit":5}`, nil)
	other := s.another(t)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	there := *ann
	there.url = other.url
	path := "/admin/seasons/" + s.season + "/allotments"
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv",
		"seatNumber,category,price,section,row,area,capacity\nA-1,VIP,4500,Stalls,A,,\nA-2,VIP,4500,Stalls,A,,\nA-3,VIP,4500,Stalls,A,,\n,VIP,1500,,,Floor,5\n").wants(t, http.StatusOK)

	var all wire.Allotments
	put := func(body string) *reply { t.Helper(); return admin.send(t, "PUT", path, "application/json", body) }
	put(`{"name":"promoter","seats":["A-2","A-1"]}`).wants(t, http.StatusOK).into(t, &all)
	if got := fmt.Sprint(all); got != "{[{promoter 2 [A-1 A-2]}] 2}" {
		t.Error("after the first change:", got)
	}
	put(`{"name":"promoter","seats":["A-1"]}`).wants(t, http.StatusOK) // a repeat
	there.post(t, "/waitingList/join", "").wants(t, http.StatusOK)
	there.post(t, "/waitingList/enter", "").wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the other node shows the seats as unavailable", func() bool {
		return strings.Count(string(there.get(t, "/seats?season="+s.season).wants(t, http.StatusOK).body), `"unavailable"`) == 2
	})
	there.post(t, "/holds", `{"seats":["A-2"]}`).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	there.post(t, "/holds", `{"seats":["A-3"]}`).wants(t, http.StatusCreated)
	problem := put(`{"name":"press","seats":["A-1","A-3"]}`).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	if !strings.Contains(jsonOf(t, problem), `"seats":["A-3"]`) {
		t.Error("the refusal names", jsonOf(t, problem))
	}

	all = wire.Allotments{}
	put(`{"name":"press","areas":[{"area":"Floor","count":2}],"seats":["A-1"]}`).wants(t, http.StatusOK).into(t, &all)
	if got := fmt.Sprint(all); got != "{[{press 3 [A-1 Floor-0004 Floor-0005]} {promoter 1 [A-2]}] 3}" {
		t.Error("places of an area:", got)
	}
	twice := put(`{"name":"press","areas":[{"area":"Floor","count":1},{"area":"Floor","count":2}]}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if !strings.Contains(jsonOf(t, twice), "names Floor twice") {
		t.Error("an area named twice is refused with", jsonOf(t, twice))
	}
	many := make([]string, 5000) // as many as a change may name
	for i := range many {
		many[i] = fmt.Sprintf("Parkett-R12-%04d", i)
	}
	put(`{"name":"press","seats":`+jsonOf(t, many)+`}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)
	put(`{"name":"press","seats":["Floor-0003"],"areas":[{"area":"Floor","count":3}]}`).wantsProblem(t, http.StatusConflict, fault.SoldOut)
	put(`{"name":"press","areas":[{"area":"Floor","count":4}]}`).wantsProblem(t, http.StatusConflict, fault.SoldOut)
	put(`{"name":"late","seats":["Floor-0003"],"areas":[{"area":"Floor","count":1}]}`).wants(t, http.StatusOK).into(t, &all)
	if got := fmt.Sprint(all.Allotments[0]); got != "{late 2 [Floor-0002 Floor-0003]}" {
		t.Error("a named place, and one that the server chooses:", got)
	}
	put(`{"name":"","seats":["Floor-0002","Floor-0003"]}`).wants(t, http.StatusOK)
	put(`{"name":"press","areas":[{"area":"Roof","count":1}]}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)
	put(`{"name":"","areas":[{"area":"Floor","count":1}]}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	put(`{"seats":["A-1"]}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	put(`{"name":"press"}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	file := admin.get(t, path+".csv").wants(t, http.StatusOK)
	const head = "\ufeffseatNumber,allotment,section,row,category\r\n"
	if want := head + "A-1,press,Stalls,A,VIP\r\nFloor-0004,press,,,VIP\r\nFloor-0005,press,,,VIP\r\nA-2,promoter,Stalls,A,VIP\r\n"; string(file.body) != want {
		t.Errorf("the export is %q, want %q", file.body, want)
	}
	admin.get(t, path+".xlsx").wants(t, http.StatusOK)
	upload := func(text string) *reply { t.Helper(); return admin.send(t, "POST", path, "text/csv", text) }
	upload(string(file.body)).wants(t, http.StatusOK) // an export changes nothing
	upload("seatNumber,allotment\nA-1,\nA-2,press\nA-9,press\n").wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)
	upload("seatNumber\nA-1\n").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	all = wire.Allotments{}
	upload("seatNumber,allotment\nA-1,\nA-2,press\nFloor-0004,\n").wants(t, http.StatusOK).into(t, &all)
	if got := fmt.Sprint(all); got != "{[{press 2 [A-2 Floor-0005]}] 3}" {
		t.Error("after the upload:", got)
	}
	testkit.Eventually(t, soon, "A-1 is on sale on the other node", func() bool {
		return there.post(t, "/holds", `{"seats":["A-1"]}`).status == http.StatusCreated
	})

	var log wire.AuditLog
	admin.get(t, "/admin/audit-log?season="+s.season).wants(t, http.StatusOK).into(t, &log)
	if first := jsonOf(t, log.Changes[0]); !strings.Contains(first, `"action":"allotment"`) || !strings.Contains(first, adminEmail) ||
		!strings.Contains(first, `{"count":2,"from":"press","seats":["A-1","Floor-0004"],"to":""}`) || strings.Count(jsonOf(t, log), `"action":"allotment"`) != 5 {
		t.Errorf("the audit log: %s", jsonOf(t, log))
	}
	testkit.Eventually(t, soon, "every change is in the feed", func() bool {
		return strings.Count(string(admin.get(t, "/admin/feed").wants(t, http.StatusOK).body), `"type":"allotment.changed"`) == 7
	})
	ann.send(t, "PUT", path, "application/json", `{"name":"x","seats":["A-1"]}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	ann.get(t, path).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
}
