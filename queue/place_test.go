package queue

import (
	"testing"

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
		book.newer[placeKey{number: i}] = placeSignature{}
	}
	if _, err := book.sign("demo", userState{User: "ann", Number: 1, Origin: 1, Joined: 1}); err != nil {
		t.Fatal(err)
	}
	if len(book.newer) != 1 || len(book.older) != placesRemembered+1 {
		t.Errorf("%d newer and %d older places", len(book.newer), len(book.older))
	}
}
