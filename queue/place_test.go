package queue

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

// Signatures are cached without their texts, so each one must belong to its text.
func TestEachPlaceHasItsOwnSignature(t *testing.T) {
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	book := newPlaceBook(ring)
	places := []userState{
		{User: "ann", Number: 1, Origin: 1, Joined: 1},
		{User: "ann", Number: 1, Origin: 2, Joined: 1},
		{User: "ann", Number: 1, Origin: 1, Joined: 2},
		{User: "ann", Number: 2, Origin: 1, Joined: 1},
		{User: "bob", Number: 1, Origin: 1, Joined: 1},
	}
	seen := map[string]bool{}
	for range 2 { // the second time from the cache
		for _, place := range places {
			signed, err := book.sign("demo", place)
			if err != nil {
				t.Fatal(err)
			}
			got, err := book.verify("demo", place.User, signed)
			if err != nil || got != place {
				t.Errorf("%+v: verified as %+v, %v", place, got, err)
			}
			seen[signed] = true
		}
	}
	if len(seen) != len(places) {
		t.Errorf("%d texts of %d places", len(seen), len(places))
	}
}

func TestPlacesAreForgottenInTwoSteps(t *testing.T) {
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	book := newPlaceBook(ring)
	for i := range int64(placesRemembered + 1) {
		book.newer[placeHash{uint64(i)}] = placeSignature{}
	}
	if _, err := book.sign("demo", userState{User: "ann", Number: 1, Origin: 1, Joined: 1}); err != nil {
		t.Fatal(err)
	}
	if len(book.newer) != 1 || len(book.older) != placesRemembered+1 {
		t.Errorf("%d newer and %d older places", len(book.newer), len(book.older))
	}
}

func TestAPlaceWrittenByHandIsTheOneThatJSONWrites(t *testing.T) {
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	book := newPlaceBook(ring)
	for _, name := range []string{"demo", "a-b_c.d~e@f:g", "", "Zürich", "a b", `a"b`, `a\b`, "a<b>&c", "a\x7f", "a\u2028", "a\xff"} {
		for _, state := range []userState{
			{User: name, Number: 1, Origin: 2, Joined: 3},
			{User: "ann", Number: 1<<62 + 1, Origin: 1, Joined: 1<<53 + 1},
		} {
			got, err := book.text(name, state)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ring.Text(placeType, placeClaims{
				Season: name, Epoch: state.Origin, Number: state.Number, Joined: state.Joined,
				RegisteredClaims: jwt.RegisteredClaims{Issuer: issuer, Subject: state.User},
			})
			if err != nil || got != want {
				t.Errorf("%q, %+v: %s, want %s, %v", name, state, got, want, err)
			}
		}
	}
}
