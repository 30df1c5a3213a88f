package ticket_test

import (
	"fmt"
	"time"

	"usher/internal/keys"
	"usher/internal/ticket"
)

// A shop signs a ticket; a gate verifies the code with the public keys alone.
func Example() {
	ring, err := keys.Generate()
	if err != nil {
		fmt.Println(err)
		return
	}
	code, err := ticket.Sign(ring.For(keys.Ticket), "66f0c0ffee00000000000001", "final", "A-14", time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := ticket.Verify(ring.For(keys.Ticket), code)
	fmt.Println(claims.Season, claims.Seat, err)

	_, err = ticket.Verify(ring.For(keys.Ticket), code+"x")
	fmt.Println("a changed code is refused:", err != nil)
	// Output:
	// final A-14 <nil>
	// a changed code is refused: true
}
