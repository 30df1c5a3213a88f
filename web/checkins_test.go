package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/gate"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/ticket"
	"usher/internal/wire"
)

const staffEmail = "staff@example.com"

// scan checks in a code at a gate.
func (c *caller) scan(t testing.TB, code, gate string) wire.CheckIn {
	t.Helper()
	body, err := json.Marshal(map[string]string{"code": code, "gate": gate})
	must(t, err)
	var answer wire.CheckIn
	c.post(t, "/checkins", string(body)).wants(t, http.StatusOK).into(t, &answer)
	return answer
}

// wantsScan is scan with a result that the test expects.
func (c *caller) wantsScan(t testing.TB, code, gate, result string) wire.CheckIn {
	t.Helper()
	answer := c.scan(t, code, gate)
	admitted := result == "admitted" || result == "already_admitted"
	if answer.Result != result || (answer.AdmittedAt != nil) != admitted || (answer.Gate != nil) != admitted || (answer.Ticket == nil) != (result == "invalid") {
		t.Fatalf("the scan says %+v, want %s", answer, result)
	}
	return answer
}

// TestOneOfManyScansOnTwoNodesIsAdmitted: many gates scan one ticket at the same
// time. One scan is admitted; all others get the time and gate of that one.
func TestOneOfManyScansOnTwoNodesIsAdmitted(t *testing.T) {
	t.Parallel()
	here := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	there := here.another(t)
	ann, bought := here.bought(t, "ann@example.com", "A-1", "A-2")
	code := bought.Tickets[0].QRCode
	staff := map[string]*caller{"North": here.session(t, staffEmail), "South": there.session(t, staffEmail)}

	var mu sync.Mutex
	var admitted, others []wire.CheckIn
	var gates []string
	var scans sync.WaitGroup
	for name, scanner := range staff {
		for range 4 {
			scans.Go(func() {
				answer := scanner.scan(t, code, name)
				mu.Lock()
				defer mu.Unlock()
				if answer.Result == "admitted" {
					admitted, gates = append(admitted, answer), append(gates, name)
				} else {
					others = append(others, answer)
				}
			})
		}
	}
	scans.Wait()
	if len(admitted) != 1 || *admitted[0].Gate != gates[0] || admitted[0].Ticket.SeatNumber != "A-1" || admitted[0].Ticket.Holder != ann.user.Name || admitted[0].Ticket.Status != "used" {
		t.Fatalf("admitted: %+v at %v", admitted, gates)
	}
	for _, other := range others {
		if other.Result != "already_admitted" || *other.Gate != gates[0] || *other.AdmittedAt != *admitted[0].AdmittedAt || other.Ticket.ID != bought.Tickets[0].ID {
			t.Errorf("another scan answered %+v, want the time and gate of %+v", other, admitted[0])
		}
	}
	// A scanner that lost the answer asks again: on any node, also later.
	again := staff["South"].wantsScan(t, " "+code+"\r\n", "West", "already_admitted")
	if *again.Gate != gates[0] || *again.AdmittedAt != *admitted[0].AdmittedAt {
		t.Errorf("the repeated scan answered %+v", again)
	}
	testkit.Eventually(t, soon, "the fan sees the ticket used", func() bool {
		var ticket wire.Ticket
		ann.get(t, "/tickets/"+bought.Tickets[0].ID).wants(t, http.StatusOK).into(t, &ticket)
		return ticket.Status == "used"
	})
	if got := staff["North"].wantsScan(t, bought.Tickets[1].QRCode, "North", "admitted"); got.Ticket.SeatNumber != "A-2" {
		t.Errorf("the other ticket: %+v", got)
	}
}

// TestADamagedCodeIsRepairedOrRefused: a scanner with a foreign keyboard layout
// changes characters. The server restores them, or answers that the code is
// damaged; it does not call the ticket invalid.
func TestADamagedCodeIsRepairedOrRefused(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":1}`, nil)
	_, bought := s.bought(t, "ann@example.com", "A-1")
	staff := s.session(t, staffEmail)
	code := bought.Tickets[0].QRCode
	german := strings.NewReplacer("Y", "Z", "Z", "Y", "-", "ß", "/", "-", ":", "Ö", "*", "(", "+", "`").Replace(code)
	staff.wantsScan(t, "]Q1"+german, "North", "admitted")
	for _, scanned := range []string{"\ufeff\"" + code + "\"\r\n", "]Q3" + code, "\u00a0" + german, strings.ToLower(code)} {
		staff.wantsScan(t, scanned, "South", "already_admitted")
	}
	body, err := json.Marshal(map[string]string{"code": german[:len(german)-4] + "þ", "gate": "North"})
	must(t, err)
	problem := staff.post(t, "/checkins", string(body)).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if !strings.HasPrefix(problem.Detail, "Not checked: the scanner types with another keyboard layout") {
		t.Errorf("the detail is %q", problem.Detail)
	}
}

// TestACodeThatIsNoTicketIsInvalid: staff get the result invalid for any text that
// a scanner reads, and no error.
func TestACodeThatIsNoTicketIsInvalid(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":1}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1")
	ben := s.signIn(t, "ben@example.com")
	staff := s.session(t, staffEmail)
	code := bought.Tickets[0].QRCode
	stranger, err := keys.Generate()
	must(t, err)
	claims := &ticket.Claims{Issuer: "usher", Audience: "gate", ID: bought.Tickets[0].ID, Season: s.season, Seat: "A-1", IssuedAt: 1}
	forged, err := stranger.Sign(ticket.Type, claims)
	must(t, err)
	compact, err := ticket.Sign(stranger, claims.ID, s.season, "A-1", time.Now())
	must(t, err)
	for name, garbage := range map[string]string{
		"nothing": "", "spaces": "  ", "a seat": "A-1", "a web address": "https://example.com", "a ticket id": bought.Tickets[0].ID,
		"forged": forged, "forged, compact": compact, "longer": code + "000", "cut": code[:len(code)-1], "very long": strings.Repeat("x.", 20_000),
		"a place in the line": *ben.status(t).Place, "a session": ann.token, "not ASCII": "票\u0000",
	} {
		t.Run(name, func(t *testing.T) { staff.wantsScan(t, garbage, "North", "invalid") })
	}

	// A ticket of another season is invalid at this gate, and this scan does not use it.
	admin := s.session(t, adminEmail)
	other := testkit.SeasonID()
	admin.put(t, "/admin/seasons/"+other, `{"name":"Another evening"}`).wants(t, http.StatusOK)
	body := `{"code":"` + code + `","gate":"North"}`
	var answer wire.CheckIn
	staff.post(t, "/checkins?season="+other, body).wants(t, http.StatusOK).into(t, &answer)
	if answer.Result != "invalid" || answer.Ticket != nil {
		t.Errorf("at another season's gate: %+v", answer)
	}
	staff.post(t, "/checkins?season=nothing", body).wantsProblem(t, http.StatusNotFound, fault.NotFound)

	for name, wrong := range map[string]string{
		"no code": `{"gate":"North"}`, "no gate": `{"code":"x"}`, "an empty gate": `{"code":"x","gate":" "}`, "an unknown field": `{"code":"x","gate":"N","at":"now"}`,
		"a number": `{"code":1,"gate":"N"}`, "null": `{"code":null,"gate":"N"}`, "an array": `["x"]`, "nothing": ``,
		"a gate that is too long": `{"code":"x","gate":"` + strings.Repeat("N", maxGate+1) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			staff.post(t, "/checkins", wrong).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		})
	}
	for name, who := range map[string]*caller{"a fan": ben, "the ticket's owner": ann} {
		t.Run(name, func(t *testing.T) {
			who.post(t, "/checkins", body).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
		})
	}
	admin.post(t, "/checkins", body).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	s.anonymous().post(t, "/checkins", body).wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)

	staff.wantsScan(t, code, "North", "admitted")
}

// TestARefundedTicketIsVoidAndListed: void at the gate, not printed, and in the void
// list for gates without a network.
func TestARefundedTicketIsVoidAndListed(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	staff := s.session(t, staffEmail)
	anonymous := s.anonymous()
	list := func() (wire.Voids, *gate.Voids, *reply) {
		t.Helper()
		answer := anonymous.get(t, "/checkins/voids?season="+s.season).wants(t, http.StatusOK)
		var voids wire.Voids
		answer.into(t, &voids)
		signed, err := gate.ReadVoids(&s.o.Keys.Public, answer.body)
		must(t, err)
		if signed.Season != s.season || voids.Season != s.season || signed.Len() != len(voids.Voids) || !signed.AsOf.Equal(time.Time(voids.AsOf)) {
			t.Fatalf("the signed list is %+v, the plain one %+v", signed, voids)
		}
		return voids, signed, answer
	}
	none, _, first := list()
	if none.Voids == nil || len(none.Voids) != 0 || time.Since(time.Time(none.AsOf)) > soon {
		t.Fatalf("without a refund, the list is %s", first.body)
	}
	tag := first.header.Get("ETag")
	if !strings.HasPrefix(first.header.Get("Cache-Control"), "public, max-age=") || tag == "" {
		t.Errorf("the headers are %v", first.header)
	}
	anonymous.with("If-None-Match", tag).get(t, "/checkins/voids").wants(t, http.StatusNotModified)

	ann, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	back, kept := bought.Tickets[0], bought.Tickets[1]
	_, err := s.o.Booking.Refund(context.Background(), ann.user.ID, bought.ID, []string{back.SeatNumber})
	must(t, err)
	if answer := staff.wantsScan(t, back.QRCode, "North", "void"); answer.Ticket.Status != "void" {
		t.Errorf("the scan answered %+v", answer)
	}
	testkit.Eventually(t, soon, "the list contains the refund", func() bool {
		voids, signed, answer := list()
		return len(voids.Voids) == 1 && voids.Voids[0] == back.ID && signed.Has(back.ID) && !signed.Has(kept.ID) && answer.header.Get("ETag") != tag
	})
	plain := anonymous.get(t, "/checkins/voids").wants(t, http.StatusOK)
	zipped := anonymous.with("Accept-Encoding", "gzip").with("If-None-Match", tag).get(t, "/checkins/voids").wants(t, http.StatusOK)
	z, err := gzip.NewReader(bytes.NewReader(zipped.body))
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	if signed, err := gate.ReadVoids(&s.o.Keys.Public, text); err != nil || !signed.Has(back.ID) || plain.header.Get("ETag") != zipped.header.Get("ETag") {
		t.Errorf("the compressed list differs: %v", err)
	}
	anonymous.get(t, "/checkins/voids?season=nothing").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	one := "/tickets/" + back.ID
	ann.get(t, one+"/print").wantsProblem(t, http.StatusConflict, fault.Conflict)
	ann.get(t, one+"/ticket.pdf").wantsProblem(t, http.StatusConflict, fault.Conflict)
	page := ann.get(t, "/transactions/"+bought.ID+"/print").wants(t, http.StatusOK)
	if strings.Count(string(page.body), "<svg") != 1 || !strings.Contains(string(page.body), kept.SeatNumber) {
		t.Errorf("the refunded ticket is printed: %s", page.body)
	}
	_, err = s.o.Booking.Refund(context.Background(), ann.user.ID, bought.ID, nil)
	must(t, err)
	ann.get(t, "/transactions/"+bought.ID+"/tickets.pdf").wantsProblem(t, http.StatusConflict, fault.Conflict)
}

// TestTheVoidListIsMadeOnceForManyRequests: requests of the same second get the same
// bytes.
func TestTheVoidListIsMadeOnceForManyRequests(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	var lists [8][]byte
	var all sync.WaitGroup
	for attempt := range 5 { // a busy machine may take longer than a list is cached
		began := time.Now()
		for i := range lists {
			all.Go(func() { lists[i] = s.anonymous().get(t, "/checkins/voids").wants(t, http.StatusOK).body })
		}
		all.Wait()
		same := true
		for _, list := range lists {
			same = same && bytes.Equal(list, lists[0])
		}
		if same {
			return
		}
		if time.Since(began) < voidsAge && attempt > 0 {
			t.Fatal("requests within the caching time got different lists")
		}
	}
}

// TestASilentStoreIsCalledOnceForTheVoidList: all requests that wait for the list
// share one call of the store, and its error.
func TestASilentStoreIsCalledOnceForTheVoidList(t *testing.T) {
	t.Parallel()
	dead, err := store.Open(store.Options{RedisURLs: []string{"redis://127.0.0.1:1"}, MongoURL: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", MongoDatabase: "x"})
	must(t, err)
	t.Cleanup(func() { must(t, dead.Close(context.Background())) })
	s := build(t, setup{stores: dead})

	// A request that is cancelled does not fail the others.
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := s.voidsOf(gone, s.season); !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled request got %v", err)
	}
	const callers = 20
	heard := make(chan error, callers)
	for range callers {
		go func() {
			_, _, err := s.voidsOf(t.Context(), s.season)
			heard <- err
		}()
	}
	asked := map[error]bool{}
	for range callers {
		err := <-heard
		asked[err] = true
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("without a store: %v", err)
		}
	}
	if len(asked) > 2 { // two if the requests took longer than the result is cached
		t.Errorf("the store was called %d times for %d requests", len(asked), callers)
	}
}

func TestAVoidListThatTakesLongIsCachedLonger(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]time.Duration{0: voidsAge, 10 * time.Millisecond: voidsAge, time.Second: 4 * time.Second, voidsTime: 4 * voidsTime} {
		if got := voidsKept(took); got != want {
			t.Errorf("a list that took %v is cached for %v, want %v", took, got, want)
		}
	}
}
