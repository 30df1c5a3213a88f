package queue

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// counts are a season's figures at one moment, in the order of part/counts.lua.
type counts struct {
	Epoch, Version         int64
	Now                    int64 // µs
	Waiting, Active, Limit int
	Paused                 bool
	Opening                int64 // ms; when admission begins or began; 0: no opening is set
	Open                   bool
	Freed                  int64 // places that came free lately …
	FreedOver              int64 // … during this time spent in places by all users, ms
	News                   int64 // messages published in this epoch
	PerMinute              int
	Front                  int64  // the number of the first user in line who is present
	Passed                 int64  // numbers that the front of the line passed lately …
	Taken                  int64  // … and how many of their users were admitted
	NoSeat                 bool   // places are free, but no seat is: no user is admitted
	Between                bool   // the next phase has yet to open
	Passes                 string // turns that users with a wish may have missed: part/wishes.lua
	Gathers                int64  // users with this number or a higher one wait for the draw of a later phase; 0: none do
}

// gathers reports whether a user with this number waits for an order.
func (c counts) gathers(number int64) bool {
	return !c.Open || c.Gathers > 0 && number >= c.Gathers
}

// userState is a user's state, in the order of user_state in part/report.lua.
type userState struct {
	User       string
	State      State
	Number     int64 // also with a turn and active, where it names the place
	Position   int
	Deadline   int64 // ms
	SessionEnd int64 // ms
	Reason     Reason
	Joined     int64 // µs
	Origin     int64 // the epoch in which the number was given out
	Turn       string
	Wish       string // of a user in line, in the form of part/wishes.lua; "": none
	WishSince  string // the number of turns given before the wish; "p": the user has been passed over
}

// reply is the reply of every script.
type reply struct {
	refused   bool  // the current epoch is another one:
	epoch     int64 // this one; 0: none is open
	counts    counts
	states    []userState
	news      string // the message that was published, "" for none
	admitted  int
	missed    int
	waits     []time.Duration // how long the admitted waited
	ranBefore bool            // the script also ran before, on data older than this node has seen
	extra     []any
}

var errReply = errors.New("a script's reply has an unknown shape")

func parseReply(raw []any) (*reply, error) {
	if len(raw) < 2 {
		return nil, errReply
	}
	if raw[0] == "epoch" {
		return &reply{refused: true, epoch: whole(raw[1])}, nil
	}
	if len(raw) < 6 {
		return nil, errReply
	}
	var r reply
	var counts, tally []any
	var states, waits []string
	scan(raw[1:], &counts, &states, &r.news, &tally, &r.extra)
	r.counts = countsOf(counts)
	scan(tally, &r.admitted, &r.missed, &waits)
	r.states = make([]userState, len(states))
	for i, state := range states {
		r.states[i] = parseUserState(state)
	}
	for _, wait := range waits {
		r.waits = append(r.waits, time.Duration(whole(wait))*time.Microsecond)
	}
	return &r, nil
}

// perUser is the extra part of a script that returns one text for each user it
// was called for.
func (r *reply) perUser() (texts []string) {
	texts = make([]string, len(r.extra))
	for i, v := range r.extra {
		texts[i] = text(v)
	}
	return texts
}

func countsOf(v []any) (c counts) {
	scan(v, &c.Epoch, &c.Version, &c.Now, &c.Waiting, &c.Active, &c.Limit, &c.Paused, &c.Opening, &c.Open,
		&c.Freed, &c.FreedOver, &c.News, &c.PerMinute, &c.Front, &c.Passed, &c.Taken, &c.NoSeat, &c.Between, &c.Gathers, &c.Passes)
	return c
}

// socket is a user's socket, by its number.
type socket struct {
	user string
	conn int64
}

// scan reads a list that a script returned into variables, in order. A list from
// a node of another version may be shorter: the variables left over keep their
// values.
func scan(values []any, into ...any) {
	for i, v := range values[:min(len(values), len(into))] {
		switch to := into[i].(type) {
		case *string:
			*to = text(v)
		case *bool:
			*to = v == "1"
		case *int:
			*to = int(whole(v))
		case *int64:
			*to = whole(v)
		case *[]any:
			*to = list(v)
		case *[]string:
			texts := list(v)
			*to = make([]string, len(texts))
			for i, one := range texts {
				(*to)[i] = text(one)
			}
		case *[]int64:
			for _, one := range list(v) {
				*to = append(*to, whole(one))
			}
		case *[]socket: // pairs of user and number
			flat := list(v)
			for i := 0; i+1 < len(flat); i += 2 {
				*to = append(*to, socket{text(flat[i]), whole(flat[i+1])})
			}
		}
	}
}

func parseUserState(v string) userState {
	word := func() (w string) {
		w, v, _ = strings.Cut(v, " ")
		return w
	}
	number := func() int64 {
		n, _ := strconv.ParseInt(word(), 10, 64) // 0 on an error, like whole
		return n
	}
	r := userState{
		State: State(word()), Number: number(), Position: int(number()),
		Deadline: number(), SessionEnd: number(), Reason: Reason(word()),
		Joined: number(), Origin: number(), Turn: word(),
	}
	r.User = v
	if r.State == Waiting || r.State == Gathering {
		r.WishSince, r.Wish, _ = strings.Cut(r.Turn, ";")
		r.Turn = ""
	}
	return r
}

// news is a message that a script published.
type news struct {
	Counts   []any    `json:"c"`
	Users    []string `json:"u"` // states of users whose state changed and who have a socket
	Replaced [][]any  `json:"r"` // pairs of user and newest socket
	Moved    string   `json:"m"` // "1": a user left the line, or the line opened or closed
}

func parseNews(message string) (news, error) {
	var n news
	err := json.Unmarshal([]byte(message), &n)
	return n, err
}

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string { t, _ := v.(string); return t }

// whole reads a whole number, which scripts return as text. It returns 0 for
// anything else.
func whole(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}
