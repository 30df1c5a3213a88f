package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestTheDeskSells seats before the sale opens, and prints what the buyer gets.
func TestTheDeskSells(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":10,"opensAt":"2037-03-01T19:00:00Z","startsAt":"2037-04-01T19:00:00Z"}`, nil)
	seller, admin, fan := s.signIn(t, "desk@example.com"), s.session(t, adminEmail), s.session(t, "fan@example.com")
	sales := "/admin/seasons/" + s.season + "/sales"
	const body = `{"seats":["A-1",{"seatNumber":"A-2","type":null}],"holder":"Grace Hopper","email":"grace@example.org","payment":{"method":"cash","reference":"receipt 7"}}`

	var offer wire.DeskOffer
	seller.post(t, sales+"?dryRun=true", body).wants(t, http.StatusOK).into(t, &offer)
	if offer.Total != 9000 || len(offer.Seats) != 2 || offer.Currency != "EUR" {
		t.Errorf("the offer is %+v", offer)
	}
	seller.post(t, sales, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest) // no key
	var sold, again wire.DeskTransaction
	answer := seller.with("Idempotency-Key", "one").post(t, sales, body).wants(t, http.StatusCreated)
	answer.into(t, &sold)
	if at := answer.header.Get("Location"); at != "/admin/transactions/"+sold.ID {
		t.Errorf("the sale is at %q", at)
	}
	if sold.Status != "completed" || sold.Total != 9000 || len(sold.Tickets) != 2 || sold.Tickets[0].QRCode != "" || *sold.Email != "grace@example.org" ||
		sold.Desk == nil || sold.Desk.By != "desk@example.com" || sold.Desk.Method != "cash" || *sold.Desk.Reference != "receipt 7" || sold.Desk.Allotment != nil {
		t.Errorf("sold %+v %+v", sold, sold.Desk)
	}
	seller.with("Idempotency-Key", "one").post(t, sales, body).wants(t, http.StatusCreated).into(t, &again)
	if again.ID != sold.ID {
		t.Errorf("the repeat sold %s, first %s", again.ID, sold.ID)
	}
	seller.with("Idempotency-Key", "one").post(t, sales, strings.Replace(body, "cash", "free", 1)).wantsProblem(t, http.StatusUnprocessableEntity, fault.KeyReused)
	problem := admin.with("Idempotency-Key", "one").post(t, sales, body).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	if strings.Join(problem.Seats, " ") != "A-1 A-2" {
		t.Errorf("taken are %v", problem.Seats)
	}
	admin.with("Idempotency-Key", "best").post(t, sales, `{"best":{"count":1},"payment":{"method":"free","reference":"press"}}`).wants(t, http.StatusCreated)
	for _, wrong := range []string{
		`{"seats":["B-1"],"best":{"count":0},"payment":{"method":"cash"}}`, `{"seats":["B-1"],"payment":{"method":"card"}}`, `{"payment":{"method":"cash"}}`,
		`{"seats":["B-1"],"email":"grace","payment":{"method":"cash"}}`,
	} {
		seller.with("Idempotency-Key", "two").post(t, sales, wrong).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}

	seller.with("Idempotency-Key", "two").post(t, sales, `{"seats":["B-1"],"allotment":"promoter","payment":{"method":"cash"}}`).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	var stock wire.DeskStock
	seller.get(t, "/admin/seasons/"+s.season+"/desk").wants(t, http.StatusOK).into(t, &stock)
	if stock.Areas == nil || stock.Allotments == nil {
		t.Errorf("the desk may sell from %+v", stock)
	}

	// What the desk shows and prints; a fan sees nothing of it.
	one := "/admin/transactions/" + sold.ID
	var shown wire.DeskTransaction
	seller.get(t, one).wants(t, http.StatusOK).into(t, &shown)
	if shown.ID != sold.ID || shown.Holder != "Grace Hopper" {
		t.Errorf("shown is %+v", shown)
	}
	receipt := string(seller.get(t, one+"/receipt").wants(t, http.StatusOK).body)
	for _, want := range []string{"Receipt", "Gala", "A-1", "90.00", "Paid at the box office", "receipt 7", "desk@example.com", "Grace Hopper", sold.ID} {
		if !strings.Contains(receipt, want) {
			t.Errorf("the receipt lacks %q", want)
		}
	}
	if text := string(seller.get(t, one+"/print").wants(t, http.StatusOK).body); strings.Count(text, "<svg") != 2 || !strings.Contains(text, `href="/desk?season=`+s.season) {
		t.Errorf("the page to print is %s", text)
	}
	if pdf := seller.get(t, one+"/tickets.pdf").wants(t, http.StatusOK).body; !strings.HasPrefix(string(pdf), "%PDF") {
		t.Error("the PDF is none")
	}
	var log wire.AuditLog
	admin.get(t, "/admin/audit-log?season="+s.season+"&limit=2").wants(t, http.StatusOK).into(t, &log)
	if len(log.Changes) != 2 || log.Changes[0].Action != "tickets_shown" || log.Changes[0].By != "desk@example.com" {
		t.Errorf("the audit log says %+v", log.Changes)
	}
	for _, path := range []string{one, one + "/receipt", one + "/print", one + "/tickets.pdf", "/admin/transactions?season=" + s.season} {
		fan.get(t, path).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
		seller.get(t, strings.Replace(path, sold.ID, "65f0c0ffee65f0c0ffee0fff", 1))
	}
	seller.get(t, "/admin/transactions/65f0c0ffee65f0c0ffee0fff/receipt").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	fan.with("Idempotency-Key", "one").post(t, sales, body).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	fan.get(t, "/transactions/"+sold.ID).wantsProblem(t, http.StatusNotFound, fault.NotFound)

	var list wire.DeskTransactions
	for q, want := range map[string]int{"grace": 1, "A-2": 1, sold.ID: 1, "GRACE@example.org": 1, "receipt": 1, "press": 1, "zz": 0} {
		seller.get(t, "/admin/transactions?season="+s.season+"&q="+q).wants(t, http.StatusOK).into(t, &list)
		if len(list.Transactions) != want {
			t.Errorf("%q finds %d transactions, want %d", q, len(list.Transactions), want)
		}
	}
	seller.get(t, "/admin/transactions?season="+s.season+"&q=a%00b").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
}

// TestAReceiptAddsUp after a move to a cheaper seat, with a seat twice, and when a cancelled
// show has paid back a guest who was in.
func TestAReceiptAddsUp(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":10,"timeZone":"Asia/Kolkata"}`, nil)
	admin, seller := s.session(t, adminEmail), s.session(t, "desk@example.com")
	var sold wire.DeskTransaction
	seller.with("Idempotency-Key", "one").post(t, "/admin/seasons/"+s.season+"/sales", `{"seats":["A-1","A-2","A-3"],"payment":{"method":"cash"}}`).wants(t, http.StatusCreated).into(t, &sold)
	one := "/admin/transactions/" + sold.ID
	wants := func(lines ...string) {
		t.Helper()
		receipt := string(seller.get(t, one+"/receipt").wants(t, http.StatusOK).body)
		if !strings.Contains(receipt, "(Asia/Kolkata)") || strings.Contains(receipt, "UTC") {
			t.Errorf("the receipt tells the time of the sale in another time zone than the event's:\n%s", receipt)
		}
		var got []string
		for _, row := range regexp.MustCompile(`(?s)<tr.*?</tr>`).FindAllString(receipt, -1) {
			text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(strings.Replace(row, "</th>", " ", 1), "")
			if strings.Contains(row, `class="returned"`) {
				text = "− " + text
			}
			got = append(got, text)
		}
		if strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Errorf("the receipt has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
	wants("A-1, VIP 45.00 EUR", "A-2, VIP 45.00 EUR", "A-3, VIP 45.00 EUR", "Total 135.00 EUR")
	seller.post(t, one+"/move", `{"from":"A-1","to":"B-1"}`).wants(t, http.StatusOK)
	wants("− A-1, VIP · Moved 45.00 EUR", "A-2, VIP 45.00 EUR", "A-3, VIP 45.00 EUR", "B-1, Regular 25.00 EUR",
		"Total 135.00 EUR", "Refunded 20.00 EUR", "Left 115.00 EUR")
	seller.post(t, one+"/cancel", `{"seats":["A-2"]}`).wants(t, http.StatusOK)
	seller.post(t, one+"/move", `{"from":"A-3","to":"A-2"}`).wants(t, http.StatusOK)
	wants("− A-1, VIP · Moved 45.00 EUR", "− A-2, VIP · Refunded 45.00 EUR", "− A-3, VIP · Moved 45.00 EUR", "B-1, Regular 25.00 EUR", "A-2, VIP 45.00 EUR",
		"Total 135.00 EUR", "Refunded 65.00 EUR", "Left 70.00 EUR")

	var printed wire.DeskTransaction
	seller.get(t, one).wants(t, http.StatusOK).into(t, &printed)
	for _, ticket := range printed.Tickets {
		if ticket.SeatNumber == "B-1" {
			s.session(t, "staff@example.com").post(t, "/checkins", `{"gate":"Main","ticket":"`+ticket.ID+`"}`).wants(t, http.StatusOK)
		}
	}
	admin.post(t, "/admin/seasons/"+s.season+"/cancel", `{"reason":"ill"}`).wants(t, http.StatusAccepted)
	testkit.Eventually(t, soon, "everything is refunded", func() bool {
		seller.get(t, one).wants(t, http.StatusOK).into(t, &printed)
		return printed.Refunded == printed.Total
	})
	wants("− A-1, VIP · Moved 45.00 EUR", "− A-2, VIP · Refunded 45.00 EUR", "− A-3, VIP · Moved 45.00 EUR", "− B-1, Regular · Refunded 25.00 EUR", "− A-2, VIP · Refunded 45.00 EUR",
		"Total 135.00 EUR", "Refunded 135.00 EUR", "Left 0.00 EUR")
	for _, ticket := range printed.Tickets {
		if used := ticket.SeatNumber == "B-1"; used != (ticket.Status == "used") {
			t.Errorf("the ticket of %s is %s", ticket.SeatNumber, ticket.Status)
		}
	}
}
