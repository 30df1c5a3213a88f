package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"usher/internal/fault"
)

func TestTheHostOfThePublicURLIsLocal(t *testing.T) {
	s := &Server{o: Options{PublicURL: "http://Tickets.lan:8080"}}
	for host, allowed := range map[string]bool{
		"tickets.lan:8080": true, "tickets.LAN": true, "localhost": true, "[::1]": true,
		"": false, "tickets.lan.evil.example": false, "evil.example:8080": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if err := s.checkLocal(r); (err == nil) != allowed {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// TestTheLocalSignInAnswersNamesOfThisMachine: a foreign page that points its own name at
// this machine signs in as no one, and reaches no provider of a development server.
func TestTheLocalSignInAnswersNamesOfThisMachine(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) {
		o.Mount = map[string]http.Handler{"/local": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	})
	const body = `{"email":"a@example.com","name":"A"}`
	foreign := s.anonymous().with("Host", "evil.example")
	foreign.post(t, "/auth/dev", body).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	foreign.get(t, "/local").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	s.anonymous().get(t, "/local").wants(t, http.StatusNoContent)
	s.anonymous().post(t, "/auth/dev", body).wants(t, http.StatusOK)
}
