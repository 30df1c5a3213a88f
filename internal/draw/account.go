package draw

// Account is what GET /waitingList/draw publishes about a draw that was held.
type Account struct {
	Season      string       `json:"season"`
	Number      int          `json:"number"`                   // of the draw in its season, from 1; 0 on a site of the version before: 1
	Commitment  string       `json:"commitment"`               // hex
	CommittedAt string       `json:"committedAt"`              // when it was published
	Phases      []Phase      `json:"phases,omitempty"`         // of the season at the commitment
	Seed        string       `json:"seed"`                     // hex
	Beacon      *BeaconValue `json:"beacon"`                   // null: drawn without a beacon
	BeaconNote  string       `json:"beaconNote,omitempty"`     // why without a beacon
	Promised    string       `json:"beaconPromised,omitempty"` // the source that was named with the commitment
	Gathered    string       `json:"gathered"`                 // hex: the hash of the user ids
	FrozenAt    string       `json:"frozenAt"`                 // when the user ids were recorded
	DrawnAt     string       `json:"drawnAt"`                  // when the seed was revealed
	Count       int          `json:"count"`
	Rule        string       `json:"rule"`
	List        string       `json:"list"` // URL of the marks, in order
	You         *You         `json:"you"`  // null without a caller
}

// BeaconValue is the round whose value was mixed in.
type BeaconValue struct {
	Source  string `json:"source"`
	Genesis int64  `json:"genesis"` // when round 1 was published, seconds since 1970
	Period  int64  `json:"period"`  // seconds from round to round
	Round   uint64 `json:"round"`
	Due     string `json:"due"`   // when the round was published
	Value   string `json:"value"` // hex
}

// You is the caller's own part of the account.
type You struct {
	User string `json:"user"`
	Mark string `json:"mark"` // hex
	Rank *int   `json:"rank"` // null: the caller had not gathered
}
