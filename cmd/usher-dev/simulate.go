package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/simulate"
	"usher/web"
)

const simulateUsage = `usher-dev simulate

Plays a whole sale in seconds and reports how long it takes. It runs the server's
own Redis scripts on an embedded Redis with a simulated clock. The same options give
the same report. Times such as 10m count from the arrival of the first fans.
Settings come from a season's file, if one is given; a flag wins over the file.
Exit status 1 means that an invariant of ARCHITECTURE.md was broken.`

func simulateSale(ctx context.Context, args []string) error {
	plan, asJSON, err := readPlan(args)
	if err != nil {
		return err
	}
	// Nearly all memory that the simulation allocates is garbage at once: collect it more seldom.
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(2 << 30)
	done := progress(&plan, os.Stderr)
	report, err := simulate.Run(ctx, plan)
	done()
	if err != nil {
		return err
	}
	if asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else {
		_, err = fmt.Print(report.Text(plan.Settings))
	}
	if err == nil && len(report.Violations) > 0 {
		err = errors.New("an invariant is broken")
	}
	return err
}

// readPlan makes the plan of a command line. A flag wins over the season's file, and
// the file over the defaults.
func readPlan(args []string) (plan simulate.Plan, asJSON bool, err error) {
	plan = simulate.Plan{
		Seed: 1, Nodes: 1, Fans: 1000, Rate: 100, Stay: 2 * time.Minute, Reaction: 5 * time.Second,
		Buy: 0.6, WalkAway: 0.1, Miss: 0.03,
	}
	settings := booking.DefaultSettings("sale")
	set := settings // the values of the flags
	var file string
	flags := app.NewFlagSet("simulate", simulateUsage)
	flags.StringVar(&file, "season-file", "", "`FILE` of a season, as for usher season apply; its opening, close and pause are ignored")
	flags.IntVar(&plan.Fans, "fans", plan.Fans, "how many fans come")
	flags.Float64Var(&plan.Rate, "rate", plan.Rate, "arrivals per second; 0: all fans come at the start")
	flags.IntVar(&set.ActiveLimit, "active-limit", set.ActiveLimit, "how many users may be active at once")
	flags.IntVar(&set.AdmitPerMinute, "admit-per-minute", set.AdmitPerMinute, "admissions a minute at most; 0 is no cap")
	duration := func(of *booking.Duration, name, usage string) {
		flags.DurationVar((*time.Duration)(of), name, time.Duration(*of), usage)
	}
	duration(&set.TurnWindow, "turn-window", "how long a turn waits for its user")
	duration(&set.Lease, "lease", "how long an active user may be silent")
	duration(&set.Session, "session", "how long a user may stay active")
	duration(&set.Absence, "absence", "how long a request counts as presence")
	duration(&set.Forget, "forget", "how long an absent user keeps the place")
	flags.DurationVar(&plan.Stay, "stay", plan.Stay, "mean time a fan stays active before buying or giving up")
	flags.DurationVar(&plan.Reaction, "reaction", plan.Reaction, "mean time from the turn to pressing enter")
	flags.Float64Var(&plan.Buy, "buy", plan.Buy, "share of admitted fans who buy and leave; the others close the page")
	flags.Float64Var(&plan.WalkAway, "walk-away", plan.WalkAway, "share of fans who leave for good while waiting")
	flags.Float64Var(&plan.Miss, "miss", plan.Miss, "share of fans who miss their turn")
	flags.Float64Var(&plan.Requests, "requests", plan.Requests, "share of fans without a socket, who poll by requests")
	flags.IntVar(&plan.Nodes, "nodes", plan.Nodes, "how many nodes serve them")
	flags.DurationVar(&plan.FaultEvery, "fault-every", plan.FaultEvery, "mean time between faults: dropped sockets, dead and frozen nodes, pauses, other limits; 0 is none")
	flags.Float64Var(&plan.LostNews, "lost-news", plan.LostNews, "share of pub/sub messages that are lost")
	flags.DurationVar(&plan.OpensAfter, "opens-after", 0, "when the sale opens: fans who came before have gathered, and their order is drawn; 0: open from the start")
	flags.DurationVar(&plan.ClosesAfter, "closes-after", 0, "when the sale closes: later fans are refused, and purchases too; 0: never")
	flags.DurationVar(&plan.PauseAfter, "pause-after", 0, "when admission is paused")
	flags.DurationVar(&plan.PauseFor, "pause-for", 0, "how long admission is paused; 0: not at all")
	limits := flags.StringArray("limit-after", nil, "change of the active limit during the sale, as `TIME=LIMIT`: 10m=200 (repeatable)")
	phases := flags.StringArray("phase", nil, "a phase of the sale as `AFTER/FOR/ACCESS`, in order: 0s/20m/code and 30m/0s/open; 0s: to the end (repeatable)")
	flags.Float64Var(&plan.Codes, "codes", plan.Codes, "share of fans who have a code for phases that need one")
	losses := flags.StringArray("lose-redis-after", nil, "a `TIME` at which Redis loses its data, and fans bring their places back (repeatable)")
	flags.DurationVar(&plan.ReturnEvery, "return-every", 0, "a sold-out house of 36 seats: mean time between two returns, of one to three seats; 0: seats do not matter")
	flags.Float64Var(&plan.Wishes, "wishes", plan.Wishes, "share of fans who wish for some of the returned seats")
	flags.Float64Var(&plan.Away, "away", plan.Away, "share of fans who close the page while they wait for returned seats, and come back")
	flags.Uint64Var(&plan.Seed, "seed", plan.Seed, "seed of every random choice")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	var unread *app.UsageError // its problems are reported together with those found below
	if err := flags.ParseOrExplain(args, 0); err != nil && !errors.As(err, &unread) {
		return plan, asJSON, err
	}
	if file != "" {
		text, err := os.ReadFile(file)
		if err == nil {
			settings, err = booking.SettingsFromYAML(text)
		}
		if err != nil {
			return plan, asJSON, &app.ExitError{Status: 2, Err: fmt.Errorf("%s: %w", file, err)}
		}
	}
	lay(&settings.ActiveLimit, set.ActiveLimit, flags.Changed("active-limit"))
	lay(&settings.AdmitPerMinute, set.AdmitPerMinute, flags.Changed("admit-per-minute"))
	lay(&settings.TurnWindow, set.TurnWindow, flags.Changed("turn-window"))
	lay(&settings.Lease, set.Lease, flags.Changed("lease"))
	lay(&settings.Session, set.Session, flags.Changed("session"))
	lay(&settings.Absence, set.Absence, flags.Changed("absence"))
	lay(&settings.Forget, set.Forget, flags.Changed("forget"))
	plan.Settings = web.LineSettings(booking.Season{Settings: settings})
	var problems []string
	if unread != nil {
		problems = unread.Problems
	}
	problems = append(problems, readTimes(&plan, *limits, *losses)...)
	problems = append(problems, readPhases(&plan, *phases)...)
	if problems = append(problems, plan.Problems()...); len(problems) > 0 {
		return plan, asJSON, &app.UsageError{Problems: problems}
	}
	return plan, asJSON, nil
}

// readTimes reads the changes of the limit and the losses of Redis.
func readTimes(plan *simulate.Plan, limits, losses []string) (problems []string) {
	for _, text := range limits {
		at, limit, _ := strings.Cut(text, "=")
		after, err := time.ParseDuration(at)
		n, wrong := strconv.Atoi(limit)
		if err != nil || wrong != nil {
			problems = append(problems, fmt.Sprintf("--limit-after %q is not a time and a limit such as 10m=200", text))
			continue
		}
		plan.Limits = append(plan.Limits, simulate.LimitChange{After: after, Limit: n})
	}
	for _, text := range losses {
		after, err := time.ParseDuration(text)
		if err != nil {
			problems = append(problems, fmt.Sprintf("--lose-redis-after %q is not a time such as 10m", text))
			continue
		}
		plan.LoseRedis = append(plan.LoseRedis, after)
	}
	return problems
}

// readPhases reads the phases of the sale.
func readPhases(plan *simulate.Plan, phases []string) (problems []string) {
	for _, text := range phases {
		at, rest, _ := strings.Cut(text, "/")
		open, access, _ := strings.Cut(rest, "/")
		after, err := time.ParseDuration(at)
		long, wrong := time.ParseDuration(open)
		if err != nil || wrong != nil || access != "code" && access != "open" {
			problems = append(problems, fmt.Sprintf("--phase %q is not two times and code or open, such as 30m/0s/open", text))
			continue
		}
		plan.Phases = append(plan.Phases, simulate.PhasePlan{After: after, For: long, Code: access == "code"})
	}
	return problems
}

// progress writes every few seconds how far a long simulation has come. done ends
// the line.
func progress(plan *simulate.Plan, w io.Writer) (done func()) {
	last, written := time.Now(), false
	plan.Progress = func(p simulate.Progress) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last, written = time.Now(), true
		fmt.Fprintf(w, "\r%d of %d fans have left after %s of the sale ", p.Through, p.Fans, p.After.Round(time.Second))
	}
	return func() {
		if written {
			fmt.Fprintln(w)
		}
	}
}

// lay replaces the file's value by the flag's if the flag was given.
func lay[T any](over *T, value T, given bool) {
	if given {
		*over = value
	}
}
