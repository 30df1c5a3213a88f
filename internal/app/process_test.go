package app_test

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// crowd is a season on sale on a real Redis, and fans with minted sessions.
func crowd(t *testing.T, limit int) node.Options {
	t.Helper()
	o := node.Shared(t)
	o.RedisURL = testkit.RealRedis(t)
	o.Demo = func(d *dev.Demo) { d.ActiveLimit = limit }
	node.OnSale(t, o)
	return o
}

// TestSIGTERMDrainsAndExitsZero: sockets get the message when to reconnect, then close
// code 1012. While it drains, the process is not ready. It exits with 0.
func TestSIGTERMDrainsAndExitsZero(t *testing.T) {
	t.Parallel()
	o := crowd(t, 5)
	p := node.StartProcess(t, o)
	var sockets []*node.Socket
	for i := range 20 {
		fan := node.Mint(t, o, p.URL, fanName(i))
		fan.Do("POST", "/waitingList/join", nil, 200)
		sockets = append(sockets, fan.Open())
	}
	p.Signal(t, syscall.SIGTERM)
	for _, s := range sockets {
		if bye := s.Want("bye"); bye["reconnectAfterMs"] == nil {
			t.Errorf("bye: %v", bye)
		}
		if code := s.WantClose(); code != 1012 {
			t.Errorf("closed with %d, want 1012", code)
		}
	}
	if status := p.WantExit(t, 25*time.Second); status != 0 {
		t.Errorf("exit status %d, want 0:\n%s", status, p.Log())
	}
}

// TestFansOfAKilledNodeKeepTheirPlaces: they reconnect to another node and have their
// old numbers in the old order.
func TestFansOfAKilledNodeKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	o := crowd(t, 1)
	a, b := node.StartProcess(t, o), node.StartProcess(t, o)
	var fans []*node.Fan
	numbers := map[string]any{}
	for i := range 8 {
		fan := node.Mint(t, o, a.URL, fanName(i))
		fan.Do("POST", "/waitingList/join", nil, 200)
		socket := fan.Open()
		numbers[fan.Name] = socket.Welcome.At("status.number")
		fans = append(fans, fan)
	}
	a.Kill()
	var line []*node.Socket
	for _, fan := range fans {
		fan.URL = b.URL
		socket := fan.Open()
		if number := socket.Welcome.At("status.number"); number != numbers[fan.Name] {
			t.Errorf("%s had number %v and came back with %v", fan.Name, numbers[fan.Name], number)
		}
		line = append(line, socket)
	}
	for i, socket := range line[1:] {
		if position := socket.Welcome.At("status.position"); position != float64(i+1) {
			t.Errorf("%s came back at %v, want %d", fans[i+1].Name, position, i+1)
		}
	}
	for i, socket := range line[:len(line)-1] {
		socket.Ask(map[string]any{"type": "leave"})
		line[i+1].Want("turn")
		if in := line[i+1].Ask(map[string]any{"type": "enter"}); in.At("status.state") != "active" {
			t.Fatalf("enter: %v", in)
		}
	}
}

// TestFansOfADeadNodeArePassedOver: fans of a killed node who do not reconnect delay
// the others no longer than the node's heartbeat.
func TestFansOfADeadNodeArePassedOver(t *testing.T) {
	t.Parallel()
	o := crowd(t, 1)
	a, b := node.StartProcess(t, o), node.StartProcess(t, o)
	first := node.Mint(t, o, b.URL, "First")
	first.Do("POST", "/waitingList/join", nil, 200)
	gone := node.Mint(t, o, a.URL, "Gone")
	gone.Do("POST", "/waitingList/join", nil, 200)
	gone.Open()
	last := node.Mint(t, o, b.URL, "Last")
	last.Do("POST", "/waitingList/join", nil, 200)
	waiting := last.Open()
	a.Kill()
	stores := testkit.Open(t, o.RedisURL)
	testkit.Eventually(t, 10*time.Second, "the fans of the dead node are not in ready", func() bool {
		return stores.Redis.ZScore(t.Context(), "ready:{"+o.Season+"}", gone.ID).Err() != nil
	})
	first.Do("POST", "/waitingList/leave", nil, 200)
	waiting.Want("turn")
	if status := node.Mint(t, o, b.URL, "Gone").Do("GET", "/auth/status", nil, 200); status["state"] != "waiting" || status["position"] != 1.0 {
		t.Errorf("a fan who reconnects is not first again: %v", status)
	}
}

// TestAnotherNodeSettlesAPurchase: a node dies during the charge. Another node settles
// the purchase, and the outcome agrees with the seats.
func TestAnotherNodeSettlesAPurchase(t *testing.T) {
	t.Parallel()
	o := crowd(t, 10)
	a, b := node.StartProcess(t, o), node.StartProcess(t, o)
	fan := node.Mint(t, o, a.URL, "Ann")
	fan.Do("POST", "/waitingList/join", nil, 200)
	seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
	buy := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_slow"}}
	var group sync.WaitGroup
	group.Go(func() { _, _, _ = fan.Request("POST", "/transactions", buy, "Idempotency-Key", "k") }) // the answer is lost
	elsewhere := *fan
	elsewhere.URL = b.URL
	testkit.Eventually(t, 5*time.Second, "the purchase is in flight", func() bool {
		return len(elsewhere.Do("GET", "/transactions", nil, 200)["transactions"].([]any)) == 1
	})
	a.Kill()
	group.Wait()
	var settled map[string]any
	testkit.Eventually(t, 60*time.Second, "another node settles it", func() bool {
		settled = elsewhere.Do("GET", "/transactions", nil, 200)["transactions"].([]any)[0].(map[string]any)
		return settled["status"] != "pending"
	})
	wantSeat, wantTickets := "booked", 2
	if settled["status"] == "cancelled" {
		wantSeat, wantTickets = "", 0
	}
	if n := len(settled["tickets"].([]any)); n != wantTickets {
		t.Errorf("%v with %d tickets", settled["status"], n)
	}
	testkit.Eventually(t, 5*time.Second, "the seats agree", func() bool {
		status := elsewhere.Do("GET", "/seats/"+seats[0], nil, 200)["status"]
		return status == wantSeat || (wantSeat == "" && status != "booked")
	})
	again, answer := elsewhere.Try("POST", "/transactions", buy, "Idempotency-Key", "k")
	if settled["status"] == "completed" && (again != 201 || answer["id"] != settled["id"]) {
		t.Errorf("the same key afterwards: %d %v", again, answer)
	}
}

// TestRolesShareTheWork: an auth node and a ticket node share only stores and public
// keys. Together they serve what one node serves.
func TestRolesShareTheWork(t *testing.T) {
	t.Parallel()
	o := crowd(t, 2)
	door, box := node.StartProcess(t, o, "--role", "auth"), node.StartProcess(t, o, "--role", "ticket")
	fan := node.Mint(t, o, door.URL, "Ann")
	fan.Do("POST", "/waitingList/join", nil, 200)
	fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 404)
	fan.URL = box.URL
	fan.Do("POST", "/waitingList/join", nil, 404)
	seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 201))
	socket := fan.Open()
	bought := socket.Buy("k", seats, map[string]any{"method": "sandbox", "token": "tok_ok"})
	if bought.At("transaction.status") != "completed" {
		t.Errorf("purchase on the ticket node: %v", bought)
	}
}

// TestTheDevelopmentServerKeepsItsData: users, seats and sales survive a restart with
// the same --data. After SIGTERM the exit status is 0.
func TestTheDevelopmentServerKeepsItsData(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start := func() *node.Process {
		p := node.Launch(t, "usher-dev", "--listen", "127.0.0.1:0", "--ops-listen", "", "--data", data, "--active-limit", "2", "--seats", "40")
		p.Season = "demo"
		node.WaitReady(t, p.URL)
		return p
	}
	p := start()
	ann := node.SignInAt(t, p.URL, "demo", "Ann")
	seats := seatNumbers(ann.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
	bought := ann.Do("POST", "/transactions", map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "k")
	p.Signal(t, syscall.SIGTERM)
	if status := p.WantExit(t, 25*time.Second); status != 0 {
		t.Fatalf("exit status %d:\n%s", status, p.Log())
	}
	p = start()
	ann.URL = p.URL // the session survives the restart
	if tickets := ann.Do("GET", "/tickets", nil, 200)["tickets"].([]any); len(tickets) != 2 {
		t.Errorf("%d tickets after the restart", len(tickets))
	}
	if kept := ann.Do("GET", "/transactions/"+bought["id"].(string), nil, 200); kept["status"] != "completed" {
		t.Errorf("after the restart: %v", kept)
	}
	again := node.SignInAt(t, p.URL, "demo", "Ann")
	if again.ID != ann.ID {
		t.Error("after the restart, the same person is another user")
	}
	testkit.Eventually(t, 20*time.Second, "sold seats stay sold", func() bool {
		again.Try("POST", "/waitingList/enter", nil) // works when the line has gathered
		_, answer := again.Try("POST", "/holds", map[string]any{"seats": seats})
		return answer["code"] == "seat_taken"
	})
}
