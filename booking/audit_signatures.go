package booking

import "usher/internal/ticket"

// signatures: every ticket's code is signed by one of the keys and says what the
// ticket says.
func (a *audit) signatures() {
	if a.o.Keys == nil {
		return
	}
	for i := range a.tickets {
		t := &a.tickets[i]
		var says ticket.Claims
		err := a.o.Keys.Verify(ticket.Type, t.QRCode, &says)
		a.checked.Signatures++
		a.o.Progress("signatures", a.checked.Signatures)
		switch {
		case err != nil:
			a.find("the code of ticket %s for seat %s cannot be verified: %v", t.ID.Hex(), t.SeatNumber, err)
		case says.ID != t.ID.Hex() || says.Season != t.Season || says.Seat != t.SeatNumber || says.Audience != ticket.Audience || says.Issuer != ticket.Issuer:
			a.find("the code of ticket %s for seat %s is of ticket %s for seat %s of season %s", t.ID.Hex(), t.SeatNumber, says.ID, says.Seat, says.Season)
		}
	}
}
