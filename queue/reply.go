package queue

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// counts are a season's figures at one moment, as line.lua's counts gives them.
type counts struct {
	Epoch, Version         int64
	Now                    int64 // µs
	Waiting, Active, Limit int
	Paused                 bool
	Opening                int64 // ms; when admission begins or began; 0: always
	Open                   bool
	Freed                  int64 // places that came free lately …
	FreedOver              int64 // … while this was spent in places, ms
	News                   int64 // messages published in this epoch
	PerMinute              int
	Front                  int64 // the number of the first in line who is there
	Passed                 int64 // numbers that the front passed lately …
	Taken                  int64 // … and how many were admitted meanwhile
}

// record is a user's standing, as line.lua's record gives it.
type record struct {
	User       string
	State      State
	Number     int64 // also in turn and active: it names the place
	Position   int
	Deadline   int64 // ms
	SessionEnd int64 // ms
	Reason     Reason
	Joined     int64 // µs
	Origin     int64 // the epoch the number was drawn in
	Turn       string
}

// reply is what every script answers.
type reply struct {
	refused   bool  // the epoch is another:
	epoch     int64 // this one; 0: there is none
	counts    counts
	records   []record
	news      string // what was published, "" for nothing
	admitted  int
	missed    int
	waits     []time.Duration // how long the admitted waited
	ranBefore bool            // the script has run once more, on data that was older than what is known
	extra     []any
}

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
	r := &reply{counts: parseCounts(list(raw[1])), news: text(raw[3]), extra: list(raw[5])}
	records := list(raw[2])
	r.records = make([]record, 0, len(records))
	for _, one := range records {
		r.records = append(r.records, parseRecord(text(one)))
	}
	tally := list(raw[4])
	r.admitted, r.missed = int(whole(at(tally, 0))), int(whole(at(tally, 1)))
	for _, wait := range list(at(tally, 2)) {
		r.waits = append(r.waits, time.Duration(whole(wait))*time.Microsecond)
	}
	return r, nil
}

func parseCounts(v []any) counts {
	return counts{
		Epoch: whole(at(v, 0)), Version: whole(at(v, 1)), Now: whole(at(v, 2)),
		Waiting: int(whole(at(v, 3))), Active: int(whole(at(v, 4))), Limit: int(whole(at(v, 5))),
		Paused: at(v, 6) == "1", Opening: whole(at(v, 7)), Open: at(v, 8) == "1",
		Freed: whole(at(v, 9)), FreedOver: whole(at(v, 10)), News: whole(at(v, 11)), PerMinute: int(whole(at(v, 12))),
		Front: whole(at(v, 13)), Passed: whole(at(v, 14)), Taken: whole(at(v, 15)),
	}
}

func parseRecord(v string) record {
	word := func() (w string) {
		w, v, _ = strings.Cut(v, " ")
		return w
	}
	number := func() int64 {
		n, _ := strconv.ParseInt(word(), 10, 64) // 0 where it is none, as whole has it
		return n
	}
	return record{
		State: State(word()), Number: number(), Position: int(number()),
		Deadline: number(), SessionEnd: number(), Reason: Reason(word()),
		Joined: number(), Origin: number(), Turn: word(), User: v,
	}
}

// news is a published message.
type news struct {
	Counts   []any    `json:"c"`
	Users    []string `json:"u"` // records of users whose standing changed and who have a socket
	Replaced [][]any  `json:"r"` // user, newest socket
	Moved    string   `json:"m"` // "1": somebody left the line, or everybody's state changed
}

func parseNews(message string) (news, error) {
	var n news
	err := json.Unmarshal([]byte(message), &n)
	return n, err
}

func at(v []any, i int) any {
	if i < 0 || i >= len(v) {
		return nil
	}
	return v[i]
}

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string { t, _ := v.(string); return t }

// whole reads a whole number; scripts give them as text.
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
