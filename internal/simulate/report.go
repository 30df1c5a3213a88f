package simulate

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	"usher/queue"
)

// Seconds is a duration in JSON, to the millisecond.
type Seconds float64

// Duration is the same as a time.Duration.
func (s Seconds) Duration() time.Duration {
	return time.Duration(math.Round(float64(s)*1000)) * time.Millisecond
}

func seconds(d time.Duration) Seconds { return Seconds(math.Round(d.Seconds()*1000) / 1000) }

// Report says how the sale went. The same plan gives the same report.
type Report struct {
	Seed uint64 `json:"seed"`

	Fans     int `json:"fans"`
	Admitted int `json:"admitted"` // had a turn, or became active at once
	Entered  int `json:"entered"`
	Bought   int `json:"bought"`
	Missed   int `json:"missedTurns"`
	Walked   int `json:"walkedAway"`
	Closed   int `json:"turnedAway"` // came after the sale had closed
	Again    int `json:"beganAgain"` // were active when Redis lost everything, and joined again

	LastArrival  Seconds `json:"lastArrival"`  // since the start
	LastAdmitted Seconds `json:"lastAdmitted"` // since the start
	PerMinute    float64 `json:"admittedPerMinute"`
	Wait         Spread  `json:"wait"` // from joining to the turn, of those admitted

	Returns  *Returns `json:"returns,omitempty"` // nil in a sale whose seats do not matter
	ETA      ETAScore `json:"eta"`
	Messages Messages `json:"messages"`

	Finished    bool              `json:"finished"` // all fans finished before the horizon
	Faults      int               `json:"faults"`
	Scripts     int               `json:"scripts"`     // scripts run; the invariants were checked after each
	Fingerprint string            `json:"fingerprint"` // of who was admitted when
	Violations  []BrokenInvariant `json:"violations"`
}

// Returns says what came of fans' wishes for returned seats.
type Returns struct {
	Wishes     int `json:"wishes"`     // left, changed or taken back
	Met        int `json:"met"`        // turns given for a wish
	PassedOver int `json:"passedOver"` // wishes whose fan was told that a later fan passed
	Away       int `json:"away"`       // fans who closed the page in line and came back
}

// Spread are quantiles.
type Spread struct {
	P50 Seconds `json:"p50"`
	P90 Seconds `json:"p90"`
	P99 Seconds `json:"p99"`
	Max Seconds `json:"max"`
}

// ETAScore measures the expected waits first shown: at joining, or as soon after
// as a rate was known.
type ETAScore struct {
	Shown     int     `json:"shown"`     // admitted fans who had been shown an expected wait
	WithinP50 float64 `json:"withinP50"` // share of these fans admitted by the p50; 0.5 would be exact
	WithinP90 float64 `json:"withinP90"` // and by the p90; 0.9 would be exact
}

// Messages counts what the push policy sent to sockets.
type Messages struct {
	Total     int     `json:"total"`
	Positions int     `json:"positions"`     // of them
	Peak      int     `json:"peakPerSecond"` // in the busiest second
	Mean      float64 `json:"meanPerSecond"` // until the last fan was admitted
}

// tally holds counters while the sale runs.
type tally struct {
	scripts, faults          int
	bought, missed, walked   int
	closed, again            int
	wishes, met, told, away  int
	pushed, positions        int
	second                   int64 // the one being counted
	thisSecond, peakOfSecond int
}

// push counts a message to a socket.
func (t *tally) push(now time.Time, position bool) {
	if second := now.Unix(); second != t.second {
		t.second, t.thisSecond = second, 0
	}
	t.thisSecond++
	t.peakOfSecond = max(t.peakOfSecond, t.thisSecond)
	t.pushed++
	if position {
		t.positions++
	}
}

func (s *simulation) report() *Report {
	r := &Report{
		Seed: s.plan.Seed, Fans: len(s.fans),
		Bought: s.tally.bought, Missed: s.tally.missed, Walked: s.tally.walked,
		Closed: s.tally.closed, Again: s.tally.again,
		Messages: Messages{Total: s.tally.pushed, Positions: s.tally.positions, Peak: s.tally.peakOfSecond},
		Finished: s.left == 0, Faults: s.tally.faults, Scripts: s.tally.scripts,
		Violations: append([]BrokenInvariant{}, s.check.violations...),
	}
	if s.house != nil {
		r.Returns = &Returns{Wishes: s.tally.wishes, Met: s.tally.met, PassedOver: s.tally.told, Away: s.tally.away}
	}
	var waits []time.Duration
	var last, first, arrived time.Time
	withinP50, withinP90 := 0, 0
	print := fnv.New64a()
	for _, f := range s.fans {
		if f.joined.After(arrived) {
			arrived = f.joined
		}
		if f.entered {
			r.Entered++
		}
		if f.admitted.IsZero() {
			continue
		}
		wait := f.admitted.Sub(f.joined)
		fmt.Fprintln(print, f.index, f.held, f.admitted.Sub(opening), f.entered)
		waits = append(waits, wait)
		if f.admitted.After(last) {
			last = f.admitted
		}
		if first.IsZero() || f.admitted.Before(first) {
			first = f.admitted
		}
		if f.eta != nil {
			r.ETA.Shown++
			withinP50 += within(f.etaWait, f.eta.P50)
			withinP90 += within(f.etaWait, f.eta.P90)
		}
	}
	r.Fingerprint = fmt.Sprintf("%016x", print.Sum64())
	r.Admitted = len(waits)
	if !arrived.IsZero() {
		r.LastArrival = seconds(arrived.Sub(opening))
	}
	if r.Admitted > 0 {
		slices.Sort(waits)
		quantile := func(q float64) Seconds { return seconds(waits[int(q*float64(len(waits)-1)+0.5)]) }
		r.Wait = Spread{P50: quantile(0.5), P90: quantile(0.9), P99: quantile(0.99), Max: quantile(1)}
		r.LastAdmitted = seconds(last.Sub(opening))
		if took := last.Sub(first); took > 0 {
			r.PerMinute = rounded(float64(r.Admitted)/took.Minutes(), 10)
		}
		if took := last.Sub(opening).Seconds(); took > 0 {
			r.Messages.Mean = rounded(float64(r.Messages.Total)/took, 10)
		}
	}
	if r.ETA.Shown > 0 {
		r.ETA.WithinP50 = rounded(float64(withinP50)/float64(r.ETA.Shown), 1000)
		r.ETA.WithinP90 = rounded(float64(withinP90)/float64(r.ETA.Shown), 1000)
	}
	return r
}

func within(wait time.Duration, eta int) int {
	if wait <= time.Duration(eta)*time.Second {
		return 1
	}
	return 0
}

func rounded(v, parts float64) float64 { return math.Round(v*parts) / parts }

// Text is the report for people.
func (r *Report) Text(settings queue.Settings) string {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-14s %s\n", what, fmt.Sprintf(format, args...))
	}
	cap := ""
	if settings.AdmitPerMinute > 0 {
		cap = fmt.Sprintf(", %d admitted a minute at most", settings.AdmitPerMinute)
	}
	fmt.Fprintf(&b, "%s fans, %s active at once%s\n\n", count(r.Fans), count(settings.ActiveLimit), cap)
	if r.Finished {
		line("last admitted", "after %s (the last fan came after %s)", span(r.LastAdmitted), span(r.LastArrival))
	} else {
		line("not finished", "the last fan so far was admitted after %s", span(r.LastAdmitted))
	}
	line("wait", "half waited up to %s, 90 %% up to %s, 99 %% up to %s, the longest %s",
		span(r.Wait.P50), span(r.Wait.P90), span(r.Wait.P99), span(r.Wait.Max))
	line("throughput", "%s admitted, %.1f a minute", count(r.Admitted), r.PerMinute)
	line("outcome", "%s entered, %s bought, %s turns missed, %s walked away in line",
		count(r.Entered), count(r.Bought), count(r.Missed), count(r.Walked))
	if w := r.Returns; w != nil {
		line("wishes", "%s left or changed, %s met, %s passed over and told; %s fans closed the page for a while",
			count(w.Wishes), count(w.Met), count(w.PassedOver), count(w.Away))
	}
	if r.Closed > 0 {
		line("too late", "%s came after the sale had closed", count(r.Closed))
	}
	if r.Again > 0 {
		line("began again", "%s were in when Redis lost everything, and joined again at the end", count(r.Again))
	}
	if r.ETA.Shown > 0 {
		line("expected wait", "%.1f %% of %s were admitted by the p90 first shown to them, %.1f %% by the p50, pauses aside",
			100*r.ETA.WithinP90, count(r.ETA.Shown), 100*r.ETA.WithinP50)
	} else {
		line("expected wait", "no rate was known while fans waited")
	}
	line("messages", "%s a second at the peak, %.1f in the mean; %s in all, %s of them positions",
		count(r.Messages.Peak), r.Messages.Mean, count(r.Messages.Total), count(r.Messages.Positions))
	checked := fmt.Sprintf("hold after each of %s scripts", count(r.Scripts))
	if r.Faults > 0 {
		checked += fmt.Sprintf(", with %s faults", count(r.Faults))
	}
	if len(r.Violations) > 0 {
		checked = "BROKEN"
	}
	line("invariants", "%s", checked)
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "    %s\n", v)
	}
	line("seed", "%d", r.Seed)
	return b.String()
}

// span is a duration in the largest units that matter.
func span(s Seconds) string {
	d := s.Duration()
	switch {
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// count is a number with its thousands apart.
func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
