package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/wire"
)

func TestASecondNodeSeesChangesOfTheFirst(t *testing.T) {
	t.Parallel()
	one := openSale(t, oneAtATime, nil)
	two := one.another(t)
	ann := one.signIn(t, "ann@example.com")
	elsewhere := *ann
	elsewhere.url = two.url
	testkit.Eventually(t, soon, "the second node serves the season", func() bool {
		return elsewhere.get(t, "/auth/status").status == http.StatusOK && elsewhere.get(t, "/holds").status == http.StatusOK
	})

	ann.hold(t, "A-1")
	var cart wire.Cart
	elsewhere.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 1 {
		t.Errorf("the second node's cart is %+v", cart)
	}
	order := `{"seats":["A-1"],` + payOK + `}`
	bought := ann.buy(t, "order", order).wants(t, http.StatusCreated)
	repeated := elsewhere.buy(t, "order", order).wants(t, http.StatusCreated)
	if !bytes.Equal(bought.body, repeated.body) {
		t.Errorf("a purchase, repeated on another node with the same key, got another answer:\n%s\n%s", bought.body, repeated.body)
	}
	elsewhere.post(t, "/auth/logout", "").wants(t, http.StatusNoContent)
	ann.get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
}

func TestWithoutStoresRequestsAreUnavailable(t *testing.T) {
	t.Parallel()
	alive := openIdle(t, nil)
	fan := alive.session(t, "fan@example.com")
	dead, err := store.Open(store.Options{RedisURLs: []string{"redis://127.0.0.1:1"}, MongoURL: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", MongoDatabase: "x"})
	must(t, err)
	t.Cleanup(func() { must(t, dead.Close(t.Context())) })
	s := build(t, setup{stores: dead, ring: alive.o.Keys})
	fan.url = s.url

	for _, c := range []struct{ method, path, body string }{
		{"GET", "/auth/me", ""},
		{"POST", "/auth/logout", ""},
		{"POST", "/transactions", `{"seats":["A-1"],` + payOK + `}`},
		{"GET", "/seasons", ""},
		{"GET", "/seats", ""},
		{"POST", "/auth/dev", `{"email":"new@example.com","name":"New"}`},
	} {
		answer := fan.with("Idempotency-Key", "k").send(t, c.method, c.path, "application/json", c.body)
		if answer.wantsProblem(t, http.StatusServiceUnavailable, fault.Unavailable); answer.header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", c.method, c.path)
		}
		if len(answer.cookies) > 0 {
			t.Errorf("%s %s: the failed request set a cookie: %v", c.method, c.path, answer.cookies)
		}
	}
	s.anonymous().get(t, "/healthz").wants(t, http.StatusOK)
	s.anonymous().get(t, "/").wants(t, http.StatusOK)
}

func TestMalformedRequestsAreNeverServerErrors(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	admin := s.signIn(t, adminEmail)
	admin.post(t, "/waitingList/join", "").wants(t, http.StatusOK)
	long := strings.Repeat("a", 2000)
	for _, nonsense := range []string{"%FF", "%00", "..", "%2F", "{}", "*", "%20", "%E2%80%AE", long, "0123456789abcdef0123456g", "ffffffffffffffffffffffff"} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", "/seats/" + nonsense, ""},
			{"GET", "/seats?season=" + nonsense, ""},
			{"GET", "/seasons/" + nonsense, ""},
			{"DELETE", "/holds/" + nonsense, ""},
			{"GET", "/transactions/" + nonsense, ""},
			{"GET", "/transactions?cursor=" + nonsense, ""},
			{"GET", "/tickets/" + nonsense, ""},
			{"GET", "/tickets/" + nonsense + "/qr.png", ""},
			{"POST", "/waitingList/join", `{"place":"` + nonsense + `"}`},
			{"POST", "/holds", `{"seats":["` + nonsense + `"]}`},
			{"GET", "/admin/seasons/" + nonsense, ""},
			{"PUT", "/admin/seasons/" + nonsense, `{"nonsense":1}`},
			{"GET", "/admin/seasons/" + s.season + "/waiting?cursor=" + nonsense, ""},
			{"DELETE", "/admin/seasons/" + s.season + "/users/" + nonsense, ""},
			{"POST", "/auth/google", `{"credential":"` + nonsense + `"}`},
		} {
			if answer := admin.send(t, c.method, c.path, "application/json", c.body); answer.status >= 500 {
				t.Errorf("%s with %.40s: %d %s", answer.what, c.body, answer.status, answer.body)
			}
		}
	}
	for _, key := range []string{"\xff", " ", strings.Repeat("k", 256), "ключ"} {
		answer := admin.buy(t, key, `{"seats":["A-1"],`+payOK+`}`)
		if answer.status >= 500 {
			t.Errorf("key %.40q: %d %s", key, answer.status, answer.body)
		}
	}
}

func TestThePublicKeysAreServed(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	answer := s.anonymous().get(t, "/.well-known/jwks.json").wants(t, http.StatusOK)
	if !bytes.Equal(answer.body, keys.JWKS(&s.o.Keys.Public, &s.o.TicketKeys.Public)) || answer.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %q %s", answer.header.Get("Content-Type"), answer.body)
	}
}
