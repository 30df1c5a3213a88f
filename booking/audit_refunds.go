package booking

import "go.mongodb.org/mongo-driver/v2/bson"

// lastStamps returns each ticket's last stamp.
func lastStamps(stamps []stamp) map[bson.ObjectID]*stamp {
	last := map[bson.ObjectID]*stamp{}
	for i := range stamps {
		s := &stamps[i]
		if last[s.Ticket] == nil || last[s.Ticket].Generation < s.Generation {
			last[s.Ticket] = s
		}
	}
	return last
}

// shownStatus is what a captured sale's status must be.
func (a *audit) shownStatus(s *sale) TransactionStatus {
	for i := range s.Seats {
		if a.standing(ticketID(s, i)) != given {
			return Completed
		}
	}
	return Cancelled
}

// refundsAndStamps: a refund that is decided for has voided every one of its
// tickets and none that was used; a ticket's status shows its last stamp.
func (a *audit) refundsAndStamps() {
	for i := range a.refunds {
		r := &a.refunds[i]
		if a.pending[r.ID] || a.pending[r.Transaction] {
			continue
		}
		d := a.decisions[r.ID]
		if d == nil {
			a.find("refund %s of transaction %s has no decision, and nobody is working on it", r.ID.Hex(), r.Transaction.Hex())
			continue
		}
		for j, seat := range r.Seats {
			last := a.stamps[ticketIDOf(r.Transaction, seat)]
			if d.Outcome == refunded && (last == nil || last.Refund == nil || *last.Refund != r.ID) {
				a.find("refund %s has given seat %s back, but its ticket is not void by it", r.ID.Hex(), r.Lines[j].SeatNumber)
			}
		}
	}
	for i := range a.tickets {
		t := &a.tickets[i]
		if a.pending[t.Transaction] {
			continue
		}
		want := ticketValid
		switch a.standing(t.ID) {
		case given:
			want = ticketVoid
		case used:
			want = ticketUsed
		}
		if t.Status != want {
			a.find("ticket %s for seat %s is shown as %s and should be %s", t.ID.Hex(), t.SeatNumber, t.Status, want)
		}
	}
}
