package crowd

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is the result of a crowd. The counts are of fans, unless said otherwise.
type Report struct {
	Fans      int `json:"fans"`      // fans who came
	Connected int `json:"connected"` // fans who had a socket at least once
	Admitted  int `json:"admitted"`
	Bought    int `json:"bought"`
	SoldOut   int `json:"soldOut"`  // fans who left without a turn because every seat was sold
	Declined  int `json:"declined"` // payments
	Dropped   int `json:"dropped"`  // sockets that ended and should not have
	Errors    int `json:"errors"`   // refused requests and upgrades, missing answers, lost places

	PositionErrors int `json:"positionErrors"` // positions that got worse, or disagree with the order of arrival
	OutOfOrder     int `json:"outOfOrder"`     // admitted past an earlier, present fan
	SoldTwice      int `json:"soldTwice"`      // sales of a seat that was sold already

	ConnectMs  Times `json:"connectMs"`  // dialling → welcome
	TurnMs     Times `json:"turnMs"`     // a place freed → the next fan's turn
	HoldMs     Times `json:"holdMs"`     // hold → cart
	PurchaseMs Times `json:"purchaseMs"` // purchase → settled

	seed   uint64
	causes map[string]int // counts errors by request and cause
	notes  []string       // the first violations, in words
}

// Broken reports whether a check failed.
func (r *Report) Broken() bool { return r.PositionErrors+r.OutOfOrder+r.SoldTwice > 0 }

// Notes are sentences about the first checks that failed.
func (r *Report) Notes() []string { return r.notes }

// Refusals says why requests failed, the most frequent cause first; "": none did.
func (r *Report) Refusals() string {
	if len(r.causes) == 0 {
		return ""
	}
	return r.causesText()
}

// Text is the report for people.
func (r *Report) Text() string {
	var b strings.Builder
	row := func(name string, n int, what string) { fmt.Fprintf(&b, "  %-16s %8d   %s\n", name, n, what) }
	row("fans", r.Fans, "who came")
	row("connected", r.Connected, "who had a socket")
	row("admitted", r.Admitted, "who got a turn or a place")
	row("bought", r.Bought, "who bought")
	row("soldOut", r.SoldOut, "who left without a turn: every seat was sold")
	row("declined", r.Declined, "payments refused")
	row("dropped", r.Dropped, "sockets that ended early")
	row("errors", r.Errors, r.causesText())
	row("positionErrors", r.PositionErrors, "positions that got worse or disagree with the order of arrival")
	row("outOfOrder", r.OutOfOrder, "admitted past an earlier, present fan")
	row("soldTwice", r.SoldTwice, "sales of a seat that was sold already")
	fmt.Fprintf(&b, "\n  %-16s %8s %8s %8s %8s\n", "milliseconds", "p50", "p95", "p99", "max")
	for _, line := range []struct {
		name string
		Times
	}{{"connect", r.ConnectMs}, {"turn", r.TurnMs}, {"hold", r.HoldMs}, {"purchase", r.PurchaseMs}} {
		fmt.Fprintf(&b, "  %-16s %8.1f %8.1f %8.1f %8.1f\n", line.name, line.P50, line.P95, line.P99, line.Max)
	}
	fmt.Fprintf(&b, "\n  %-16s %d\n", "seed", r.seed)
	if len(r.notes) > 0 {
		b.WriteString("\nWhat was wrong first:\n")
		for _, note := range r.notes {
			fmt.Fprintf(&b, "  %s\n", note)
		}
	}
	return b.String()
}

// causesText lists why requests failed, the most frequent first.
func (r *Report) causesText() string {
	if len(r.causes) == 0 {
		return "refusals and missing answers"
	}
	var names []string
	for name := range r.causes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := r.causes[b] - r.causes[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s: %d", name, r.causes[name])
	}
	return strings.Join(names, "; ")
}

// Progress is how far a crowd has come.
type Progress struct {
	After    time.Duration
	Fans     int // fans who came so far
	Live     int // sockets
	Waiting  int
	Inside   int // with a turn or active
	Admitted int
	Bought   int
	SoldOut  int
	Errors   int
	Broken   int // failed checks
	Ending   bool
}

func (p Progress) String() string {
	text := fmt.Sprintf("%s: %d fans came, %d live, %d waiting, %d inside, %d admitted, %d bought, %d sold out, %d errors",
		p.After.Round(time.Second), p.Fans, p.Live, p.Waiting, p.Inside, p.Admitted, p.Bought, p.SoldOut, p.Errors)
	if p.Broken > 0 {
		text += fmt.Sprintf(", %d promises broken", p.Broken)
	}
	if p.Ending {
		text += ", all leave"
	}
	return text
}
