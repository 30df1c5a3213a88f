package keys

import (
	"encoding/json"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// TestAKeyIsPublishedOncePerPurpose: also where one key serves both, each purpose
// has an entry and a kid of its own, and a reader gets its purpose's keys alone.
func TestAKeyIsPublishedOncePerPurpose(t *testing.T) {
	shared, spare := newKey(t), newKey(t)
	sessions, tickets := newRing(t, shared).For(Session), newRing(t, shared, spare).For(Ticket)
	text := JWKS(&sessions.Public, &tickets.Public)
	var set struct {
		Keys []struct {
			Kid, Use, X string
			For         string `json:"usher_use"`
		}
	}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	uses, kids := map[string]int{}, map[string]bool{}
	for _, key := range set.Keys {
		uses[key.For]++
		kids[key.Kid] = true
		if key.Use != "sig" {
			t.Errorf("use is %q", key.Use)
		}
	}
	if len(set.Keys) != 3 || uses["session"] != 1 || uses["ticket"] != 2 || len(kids) != 3 {
		t.Fatalf("published %s", text)
	}
	read, err := ReadJWKS(text, Ticket)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(r *Ring, typ string) string {
		t.Helper()
		token, err := r.Sign(typ, jwt.RegisteredClaims{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	// Tickets sold before keys had a purpose name the key's thumbprint.
	before := newRing(t, shared)
	for name, c := range map[string]struct {
		public *Public
		token  string
		ok     bool
	}{
		"a ticket":                               {read, signed(tickets, "x"), true},
		"one sold before":                        {read, signed(before, "x"), true},
		"one of the second key":                  {read, signed(newRing(t, spare).For(Ticket), "x"), true},
		"a ticket by the session's kid":          {read, signed(sessions, "x"), false},
		"a session":                              {&sessions.Public, signed(sessions, "x"), true},
		"one issued before":                      {&sessions.Public, signed(before, "x"), true},
		"a session of a ticket key":              {&sessions.Public, signed(newRing(t, spare).For(Session), "x"), false},
		"the same, by the thumbprint":            {&sessions.Public, signed(newRing(t, spare), "x"), false},
		"a set without purposes, as it once was": {must(ReadJWKS(before.JWKS(), Ticket))(t), signed(tickets, "x"), true},
	} {
		if err := c.public.Verify("x", c.token, &jwt.RegisteredClaims{}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadJWKS(sessions.JWKS(), Ticket); err == nil {
		t.Error("a set of session keys alone reads tickets")
	}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
