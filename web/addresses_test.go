package web

import (
	"net/http/httptest"
	"testing"
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
