package wire

// CheckIn answers a scan at the gate. Fields that a result does not have are null.
type CheckIn struct {
	Result     string  `json:"result"` // admitted, already_admitted, invalid, void
	Ticket     *Ticket `json:"ticket"`
	AdmittedAt *Time   `json:"admittedAt"` // of the first scan
	Gate       *string `json:"gate"`       // of the first scan
	ByHand     bool    `json:"byHand"`     // staff admitted the ticket by hand, without a scan
	SameScan   bool    `json:"sameScan"`   // the first scan has the id that this request sent: this is a repeat of it
}

// Scanned answers an image from a camera.
type Scanned struct {
	Code *string `json:"code"` // the text of the QR code; null when the image shows none
}

// LookedUp answers a look-up by ticket id or seat. It shows the holder, but not the
// code that admits.
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

// Voids are a season's refunded tickets, for gates without a network. Signed
// contains the same as a compact JWS, typ usher-voids.
type Voids struct {
	Season string   `json:"season"`
	AsOf   Time     `json:"asOf"`
	Voids  []string `json:"voids"` // ticket ids, sorted; never null
	Signed string   `json:"signed"`
}
