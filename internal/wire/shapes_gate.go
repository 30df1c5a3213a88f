package wire

// CheckIn answers a scan at the gate. What a result does not have is null.
type CheckIn struct {
	Result     string  `json:"result"` // admitted, already_admitted, invalid, void
	Ticket     *Ticket `json:"ticket"`
	AdmittedAt *Time   `json:"admittedAt"` // of the first scan
	Gate       *string `json:"gate"`       // of the first scan
	ByHand     bool    `json:"byHand"`     // the first was no scan: staff looked the ticket up
}

// LookedUp is what staff find by a ticket's id or a seat: who holds it, and without
// the code that lets somebody in.
type LookedUp struct {
	Tickets []GateTicket `json:"tickets"` // never null
}

// GateTicket is a ticket without its code.
type GateTicket struct {
	ID         string  `json:"id"`
	Season     string  `json:"season"`
	SeatNumber string  `json:"seatNumber"`
	Category   string  `json:"category"`
	Holder     string  `json:"holder"`
	Status     string  `json:"status"`     // valid, void, used
	AdmittedAt *Time   `json:"admittedAt"` // null unless used
	Gate       *string `json:"gate"`
	ByHand     bool    `json:"byHand"`
}

// Voids are a season's tickets that are not valid any more, for gates that have
// no network. Signed says the same as a compact JWS, typ usher-voids.
type Voids struct {
	Season string   `json:"season"`
	AsOf   Time     `json:"asOf"`
	Voids  []string `json:"voids"` // ticket ids, sorted; never null
	Signed string   `json:"signed"`
}
