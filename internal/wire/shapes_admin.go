package wire

// ProblemField is one wrong field of a form.
type ProblemField struct {
	Field   string `json:"field"` // its name; a part of it stands behind a dot: venue.name
	Code    string `json:"code"`  // unknown, twice, missing, type, format, range, text, order, fixed
	Problem string `json:"problem"`
}

// SeasonPreview is what a change of settings would make of a season. Settings is booking's
// own JSON.
type SeasonPreview struct {
	Settings any  `json:"settings"`
	Exists   bool `json:"exists"` // false: the season would be new
}

// Course is how a sale went in the last hour, oldest first.
type Course struct {
	StepSeconds int            `json:"stepSeconds"`
	Samples     []CourseSample `json:"samples"` // never null
}

// CourseSample is the figures of a sale at one moment.
type CourseSample struct {
	At                Time `json:"at"`
	Waiting           int  `json:"waiting"`
	Active            int  `json:"active"` // users who entered
	Turns             int  `json:"turns"`
	AdmittedPerMinute int  `json:"admittedPerMinute"`
	Held              int  `json:"held"`
	Booked            int  `json:"booked"`
}

// FoundUser is one user whom an admin searched.
type FoundUser struct {
	UserID   string `json:"userId"`
	Name     string `json:"name"`
	State    string `json:"state"`
	Position int    `json:"position"` // 0 unless waiting
	Present  bool   `json:"present"`
}

// FoundUsers is what a search of users found.
type FoundUsers struct {
	Users []FoundUser `json:"users"` // never null
	More  bool        `json:"more"`  // there are more than these
}

// WaitReason says why a user is not in the sale yet.
type WaitReason string

// The reasons, the strongest first.
const (
	WaitNotInLine WaitReason = "not_in_line"
	WaitNotOpen   WaitReason = "not_open" // the line has not opened
	WaitPaused    WaitReason = "paused"
	WaitAbsent    WaitReason = "absent"   // without a socket and without a request: passed over
	WaitNoSeat    WaitReason = "no_seat"  // no seat is free
	WaitNoPlace   WaitReason = "no_place" // as many are active as the limit allows
	WaitAhead     WaitReason = "ahead"    // users before this one are present
	WaitRate      WaitReason = "rate"     // admitPerMinute is used up
)

// LineUser is all that is known about one user in a season. Times that do not apply, or are
// not known, are null.
type LineUser struct {
	UserID        string        `json:"userId"`
	Name          string        `json:"name"` // "": the user has not signed in here
	State         string        `json:"state"`
	Number        int64         `json:"number"`   // of the present place; 0: none
	Position      int           `json:"position"` // 0 unless waiting
	Waiting       int           `json:"waiting"`  // users in line
	Ahead         int           `json:"ahead"`    // users before this one who are present
	Present       bool          `json:"present"`
	Connected     bool          `json:"connected"` // has a socket or a stream
	JoinedAt      *Time         `json:"joinedAt"`
	AdmittedAt    *Time         `json:"admittedAt"`    // when the turn came, or when the user came straight in
	PresentUntil  *Time         `json:"presentUntil"`  // present by a request
	ForgottenAt   *Time         `json:"forgottenAt"`   // absent: when the place is given up
	Deadline      *Time         `json:"deadline"`      // of the turn, or of the lease
	SessionEndsAt *Time         `json:"sessionEndsAt"` // in the sale at most until then
	OpensAt       *Time         `json:"opensAt"`       // when the line opens
	PauseReason   *string       `json:"pauseReason"`
	Active        int           `json:"active"` // users with a place
	Limit         int           `json:"limit"`
	Reasons       []WaitReason  `json:"reasons"`       // why the user is not in, the strongest first; never null
	Ended         []EndedPlace  `json:"ended"`         // the last places that ended, oldest first; never null
	Numbers       []SpentNumber `json:"numbers"`       // what is recorded for good about the user's numbers, newest first; never null
	NumbersUnread bool          `json:"numbersUnread"` // numbers could not be read
	Now           Time          `json:"now"`
}

// EndedPlace is how one place of a user ended.
type EndedPlace struct {
	Was        string `json:"was"`    // waiting, turn, active
	Reason     string `json:"reason"` // turn_missed, idle, session_ended, put_out, absent, season_closed, left
	Number     int64  `json:"number"`
	JoinedAt   *Time  `json:"joinedAt"`
	AdmittedAt *Time  `json:"admittedAt"`
	EndedAt    Time   `json:"endedAt"`
}

// The records about a number.
const (
	NumberEntered = "entered"  // spent on entering a turn
	NumberGivenUp = "given_up" // left, missed or removed
	NumberVoid    = "void"     // the turn was lost before it could be entered: the number counts as unspent
)

// SpentNumber is a record about one number of a user.
type SpentNumber struct {
	Number int64  `json:"number"`
	What   string `json:"what"`
	At     Time   `json:"at"`
}

// PresaleCodes are the figures of a season's codes. The codes themselves are stored as
// keyed hashes only.
type PresaleCodes struct {
	Codes int `json:"codes"`
	Uses  int `json:"uses"`            // how often all codes may be used in all
	Used  int `json:"used"`            // how often codes were used
	Added int `json:"added,omitempty"` // by this upload: codes that were not known
}

// PlanPreview is what importing a seat plan would publish. Nothing is written. The seats
// of Layout are those of the version that would follow, in the order of their indexes.
type PlanPreview struct {
	Seats      int               `json:"seats"`    // of the file
	Current    int               `json:"current"`  // seats of the plan in force
	Version    int64             `json:"version"`  // of the plan in force; 0: none
	Begun      bool              `json:"begun"`    // a purchase has begun: seats that the file lacks go off sale
	Added      int               `json:"added"`    // seats that the plan in force lacks
	Removed    int               `json:"removed"`  // seats that the file lacks; while Begun they go off sale
	Changed    int               `json:"changed"`  // seats with another price, category, place or status
	Warnings   []string          `json:"warnings"` // for the organiser to check; never null
	Currency   string            `json:"currency"`
	Categories []PreviewCategory `json:"categories"` // in the order of the file; never null
	Sections   []PreviewSection  `json:"sections"`   // in the order of the file; never null
	Layout     PreviewLayout     `json:"layout"`
}

// PreviewCategory sums up the seats of one category. Prices are in minor units.
type PreviewCategory struct {
	Category string     `json:"category"`
	Seats    int        `json:"seats"` // for sale
	From     int64      `json:"from"`  // of the normal prices
	To       int64      `json:"to"`
	Types    []SaleType `json:"types"` // the prices of other types, sorted by type; never null
}

// PreviewSection sums up the seats of one section.
type PreviewSection struct {
	Section string `json:"section"` // "": seats without one
	Rows    int    `json:"rows"`
	Seats   int    `json:"seats"` // for sale
	Blocked int    `json:"blocked"`
	From    int64  `json:"from"` // prices, in minor units
	To      int64  `json:"to"`
}

// PreviewLayout lists the seats in columns, so that a large plan stays small.
type PreviewLayout struct {
	X        []float64 `json:"x"` // seat widths
	Y        []float64 `json:"y"`
	Category []int     `json:"category"` // places in Categories
	State    string    `json:"state"`    // one letter a seat: s same, a added, c changed, b blocked
}
