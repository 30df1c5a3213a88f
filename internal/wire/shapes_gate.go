package wire

// CheckIn answers a scan at the gate. What a result does not have is null.
type CheckIn struct {
	Result     string  `json:"result"` // admitted, already_admitted, invalid, void
	Ticket     *Ticket `json:"ticket"`
	AdmittedAt *Time   `json:"admittedAt"` // of the first scan
	Gate       *string `json:"gate"`       // of the first scan
}

// Voids are a season's tickets that are not valid any more, for gates that have
// no network. Signed says the same as a compact JWS, typ usher-voids.
type Voids struct {
	Season string   `json:"season"`
	AsOf   Time     `json:"asOf"`
	Voids  []string `json:"voids"` // ticket ids, sorted; never null
	Signed string   `json:"signed"`
}
