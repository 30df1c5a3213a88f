package draw

// Account is what GET /waitingList/draw publishes of a draw that was held.
type Account struct {
	Season      string       `json:"season"`
	Commitment  string       `json:"commitment"`               // hex
	CommittedAt string       `json:"committedAt"`              // when it was published
	Seed        string       `json:"seed"`                     // hex
	Beacon      *BeaconValue `json:"beacon"`                   // null: drawn without
	BeaconNote  string       `json:"beaconNote,omitempty"`     // why without
	Promised    string       `json:"beaconPromised,omitempty"` // the source that was named with the commitment
	Gathered    string       `json:"gathered"`                 // hex: the hash of the set
	FrozenAt    string       `json:"frozenAt"`                 // when the set was recorded
	DrawnAt     string       `json:"drawnAt"`                  // when the seed was revealed
	Count       int          `json:"count"`
	Rule        string       `json:"rule"`
	List        string       `json:"list"` // where the marks are, in order
	You         *You         `json:"you"`  // null without a caller
}

// BeaconValue is the round that was mixed in.
type BeaconValue struct {
	Source  string `json:"source"`
	Genesis int64  `json:"genesis"` // when round 1 was published, seconds since 1970
	Period  int64  `json:"period"`  // seconds from round to round
	Round   uint64 `json:"round"`
	Due     string `json:"due"`   // when the round was published
	Value   string `json:"value"` // hex
}

// You is the caller's own part.
type You struct {
	User string `json:"user"`
	Mark string `json:"mark"` // hex
	Rank *int   `json:"rank"` // null: the caller had not gathered
}
