package wire

// CheckReport is what a check of everything that a sale needs has found.
type CheckReport struct {
	Season     string      `json:"season"`
	Fans       int         `json:"fans"` // the crowd that was reckoned with; 0: unknown
	StartedAt  Time        `json:"startedAt"`
	FinishedAt Time        `json:"finishedAt"`
	OK         bool        `json:"ok"`    // no line says FAIL
	Lines      []CheckLine `json:"lines"` // never null
}

// Rehearsals are the last rehearsals of a season, newest first.
type Rehearsals struct {
	Rehearsals []Rehearsal `json:"rehearsals"` // never null
}

// RehearsalResult says how a rehearsal ended.
type RehearsalResult string

// The results of a rehearsal.
const (
	RehearsalPassed      RehearsalResult = "passed"
	RehearsalFailed      RehearsalResult = "failed"      // a check of the crowd or of the audit failed
	RehearsalInterrupted RehearsalResult = "interrupted" // ended early; what was checked until then holds
	RehearsalNotRun      RehearsalResult = "not_run"     // the crowd could not begin, or the audit could not look
)

// Rehearsal is the report of a crowd of simulated fans on a copy of a season. The counts
// are of fans, unless said otherwise.
type Rehearsal struct {
	StartedAt  Time            `json:"startedAt"`
	FinishedAt Time            `json:"finishedAt"`
	By         string          `json:"by"`   // who ran it
	Fans       int             `json:"fans"` // were to come
	Nodes      int             `json:"nodes"`
	Result     RehearsalResult `json:"result"`
	Problems   []string        `json:"problems"` // what failed, in sentences; never null
	Refusals   string          `json:"refusals"` // why requests failed, with counts; "": none did

	Came           int `json:"came"`
	Connected      int `json:"connected"`
	Admitted       int `json:"admitted"`
	Bought         int `json:"bought"`
	SoldOut        int `json:"soldOut"`  // left because every seat was sold
	Declined       int `json:"declined"` // payments
	Dropped        int `json:"dropped"`  // sockets that ended and should not have
	Errors         int `json:"errors"`   // refused requests and missing answers
	PositionErrors int `json:"positionErrors"`
	OutOfOrder     int `json:"outOfOrder"`
	SoldTwice      int `json:"soldTwice"`  // sales of a seat that was sold already
	Violations     int `json:"violations"` // that the audit found

	ConnectMs  RehearsalTimes `json:"connectMs"`
	TurnMs     RehearsalTimes `json:"turnMs"` // a place freed → the next fan's turn
	HoldMs     RehearsalTimes `json:"holdMs"`
	PurchaseMs RehearsalTimes `json:"purchaseMs"`
}

// RehearsalTimes are the percentiles of a duration in milliseconds; all 0 when nothing was
// measured.
type RehearsalTimes struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// CheckState is the state of a line of a check.
type CheckState string

// The states of a line.
const (
	CheckOK   CheckState = "ok"
	CheckWarn CheckState = "warn" // also what could not be looked at
	CheckFail CheckState = "FAIL"
)

// CheckLine is one finding of a check.
type CheckLine struct {
	Name  string     `json:"name"` // of the subject, such as redis-memory; several lines may have one name
	State CheckState `json:"state"`
	Found string     `json:"found"` // sentences for people
	Do    string     `json:"do"`    // what to do; "": nothing
}
