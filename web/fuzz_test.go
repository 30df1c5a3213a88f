package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"usher/internal/wire"
)

// fuzzed are the routes that read input: a body, a part of the path (here {}), or
// the query.
var fuzzed = []struct{ who, method, path string }{
	{"anonymous", "POST", "/auth/google"},
	{"anonymous", "POST", "/auth/dev"},
	{"anonymous", "GET", "/seasons/{}"},
	{"anonymous", "GET", "/seats"},
	{"anonymous", "GET", "/seats/{}"},
	{"anonymous", "GET", "/waitingList/status"},
	{"anonymous", "GET", "/checkins/voids"},
	{"fan", "POST", "/waitingList/join"},
	{"fan", "POST", "/holds"},
	{"fan", "DELETE", "/holds"},
	{"fan", "DELETE", "/holds/{}"},
	{"fan", "POST", "/transactions"},
	{"fan", "GET", "/transactions"},
	{"fan", "GET", "/transactions/{}"},
	{"fan", "POST", "/transactions/{}/cancel"},
	{"fan", "GET", "/tickets/{}"},
	{"fan", "GET", "/tickets/{}/qr.png"},
	{"staff", "POST", "/checkins"},
	{"admin", "PUT", "/admin/seasons/fuzzed"},
	{"admin", "POST", "/admin/seasons/fuzzed/seats"},
	{"admin", "GET", "/admin/seasons/{}"},
	{"admin", "GET", "/admin/seasons/{}/waiting"},
	{"admin", "DELETE", "/admin/seasons/{}/users/{}"},
	{"admin", "GET", "/admin/transactions"},
	{"admin", "GET", "/admin/audit-log"},
	{"admin", "GET", "/admin/feed"},
}

// FuzzRoutes sends arbitrary input to every route that reads input, on a real site.
// No answer is a 500, and no handler panics. A refusal is a problem and changes
// neither the line nor holds nor sold seats. An accepted body is refused when it has
// one more field.
func FuzzRoutes(f *testing.F) {
	s := openSale(f, `{"name":"Gala","activeLimit":1000}`, nil)
	callers := map[string]*caller{
		"anonymous": s.anonymous(), "admin": s.session(f, adminEmail), "staff": s.session(f, "staff@example.com"), "fan": s.signIn(f, "fan@example.com"),
	}
	callers["fan"].post(f, "/waitingList/join", "").wants(f, http.StatusOK)
	for i := range fuzzed {
		f.Add(uint8(i), "A-1", []byte(`{"seats":["A-1"]}`), "k", "")
		f.Add(uint8(i), s.season, []byte(`{}`), "k", "limit=1&cursor=MTc5NTM0NDAwMDAwMCA2NTA&season="+s.season)
	}
	add := func(path, body, query string) {
		for i, route := range fuzzed {
			if route.path == path && route.method != "GET" {
				f.Add(uint8(i), "A-1", []byte(body), "key", query)
			}
		}
	}
	add("/holds", `{"best":{"count":2,"category":"VIP","adjacent":true}}`, "")
	add("/transactions", `{"seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}`, "")
	add("/waitingList/join", `{"place":"eyJhbGciOiJFZERTQSJ9.e30.AA"}`, "")
	add("/auth/dev", `{"email":"a@example.com","name":"A"}`, "")
	add("/auth/google", `{"code":"c","codeVerifier":"v","redirectUri":"https://a.example/"}`, "")
	add("/checkins", `{"code":"eyJhbGciOiJFZERTQSJ9.e30.AA","gate":"north"}`, "")
	add("/admin/seasons/fuzzed", `{"activeLimit":5,"hold":"5m","opensAt":null,"paused":true}`, "")
	add("/admin/seasons/fuzzed/seats", "seatNumber,category,price\nA-1,VIP,1\n", "")

	handler := s.Handler()
	ask := func(t *testing.T, which uint8, value string, body []byte, key, query string) (*httptest.ResponseRecorder, bool) {
		route := fuzzed[int(which)%len(fuzzed)]
		path := strings.ReplaceAll(route.path, "{}", url.PathEscape(value))
		parsed, err := url.Parse("http://" + strings.TrimPrefix(s.url, "http://") + path)
		if err != nil {
			t.Skip()
		}
		parsed.RawQuery = query
		r := httptest.NewRequest(route.method, "/", bytes.NewReader(body))
		r.URL, r.RequestURI = parsed, parsed.RequestURI()
		r.Header.Set("Content-Type", "application/json")
		if strings.HasSuffix(route.path, "/seats") {
			r.Header.Set("Content-Type", "text/csv")
		}
		r.Header.Set("Idempotency-Key", key)
		if token := callers[route.who].token; token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w, route.method != "GET" && !strings.HasSuffix(route.path, "/seats")
	}
	f.Fuzz(func(t *testing.T, which uint8, value string, body []byte, key, query string) {
		before := s.standing(t)
		answer, readsJSON := ask(t, which, value, body, key, query)
		switch {
		case answer.Code >= 500:
			t.Fatalf("%v: %d %s", fuzzed[int(which)%len(fuzzed)], answer.Code, answer.Body)
		case answer.Code >= 400:
			var problem wire.Problem
			if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil || problem.Code == "" || problem.Status != answer.Code {
				t.Fatalf("refused with %d %s (%v)", answer.Code, answer.Body, err)
			}
			if after := s.standing(t); after != before {
				t.Fatalf("%v was refused with %s and changed %s to %s", fuzzed[int(which)%len(fuzzed)], answer.Body, before, after)
			}
		case answer.Code < 300 && readsJSON && len(bytes.TrimSpace(body)) > 0:
			more := append([]byte(`{"no such field":1,`), bytes.TrimSpace(body)[1:]...)
			if bytes.Equal(bytes.TrimSpace(body[bytes.IndexByte(body, '{')+1:]), []byte("}")) {
				more = []byte(`{"no such field":1}`)
			}
			if again, _ := ask(t, which, value, more, key, query); again.Code != http.StatusBadRequest {
				t.Fatalf("%v accepted %s: %d %s", fuzzed[int(which)%len(fuzzed)], more, again.Code, again.Body)
			}
		}
	})
}

// standing describes the state of the sale: the line, held seats and sold seats.
func (s *site) standing(t *testing.T) string {
	t.Helper()
	all := s.stores.Redis.Pipeline()
	in := "{" + s.season + "}"
	line, active := all.ZRange(t.Context(), "waiting_list:"+in, 0, -1), all.SMembers(t.Context(), "active_users:"+in)
	holders, taken := all.HGetAll(t.Context(), "holder:"+in), all.HGetAll(t.Context(), "takenby:"+in)
	if _, err := all.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(line.Val(), active.Val(), holders.Val(), taken.Val())
}
