package rehearse

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking"
	"usher/internal/crowd"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

const (
	openTime    = 30 * time.Second // until every node serves the shadow
	auditTime   = 10 * time.Minute
	saveTime    = 30 * time.Second
	shadowSpare = time.Hour // a shadow that stays closes so long after its crowd's time
	lookEvery   = 100 * time.Millisecond
	mostNamed   = 20 // problems in a report
)

// Options configures a rehearsal. All fields are required, but for Open.
type Options struct {
	Booking *booking.Booking
	Queue   *queue.Queue
	Redis   redis.UniversalClient
	// Nodes counts the nodes that run on these stores.
	Nodes func(ctx context.Context) (int, error)
	// Audit returns a sentence for each violation in a season.
	Audit func(ctx context.Context, season string) ([]string, error)

	Season string
	By     string        // who runs it, for the report
	Open   bool          // also while the season is on sale
	Crowd  crowd.Options // without a season; its Keys mint the sessions
	Say    func(what string)
}

// Outcome is what a rehearsal gave.
type Outcome struct {
	Report wire.Rehearsal
	Crowd  *crowd.Report // nil: the crowd could not begin
}

// problems refuses what cannot be rehearsed, before anything is changed.
func (o *Options) problems(ctx context.Context, now time.Time) error {
	season, err := o.Booking.MayShadow(ctx, o.Season)
	if err != nil {
		return err
	}
	if isOpen(season, now) && !o.Open {
		return fault.New(fault.Conflict, "season %s is on sale now: a rehearsal would take processor time from its fans, on the same nodes and stores; give --yes to rehearse nevertheless", o.Season)
	}
	return nil
}

func isOpen(s booking.Season, now time.Time) bool {
	return (s.OpensAt == nil || !now.Before(*s.OpensAt)) && (s.ClosesAt == nil || now.Before(*s.ClosesAt))
}

// Run plays a rehearsal. When ctx ends, the crowd leaves early; the audit, the report and the
// removal follow in any case. The error says that there was no rehearsal, or that the
// shadow season is not removed or the report not kept; then the outcome may be there, too.
func Run(ctx context.Context, o Options) (_ *Outcome, err error) {
	if err := o.problems(ctx, time.Now()); err != nil {
		return nil, err
	}
	nodes, err := o.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	if nodes == 0 {
		return nil, fault.New(fault.Unavailable, "no node runs on these stores: start the nodes of the sale, then rehearse")
	}
	left, err := Remove(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, id := range left {
		o.Say("removed " + id + ", which an earlier rehearsal left")
	}

	shadow := booking.Shadow{ID: booking.NewShadowID(o.Season), Of: o.Season, Fans: o.Crowd.Fans, Seed: o.Crowd.Seed}
	stop, err := o.keepAlive(ctx, shadow.ID)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	out := &Outcome{Report: wire.Rehearsal{StartedAt: wire.At(began), By: o.By, Fans: o.Crowd.Fans, Nodes: nodes, Problems: []string{}}}
	defer func() {
		stop()
		o.Say("removing " + shadow.ID)
		if failed := o.remove(context.WithoutCancel(ctx), shadow); failed != nil {
			err = fmt.Errorf("the shadow season %s is not removed wholly; remove it by usher rehearse --season %s --remove: %w", shadow.ID, o.Season, failed)
		}
	}()
	o.Say(fmt.Sprintf("copying %s to %s, on %d nodes", o.Season, shadow.ID, nodes))
	if err = o.Booking.CreateShadow(ctx, shadow, began.Add(o.Crowd.Duration+shadowSpare), o.By); err != nil {
		return nil, err
	}
	out.play(ctx, &o, shadow.ID, nodes)
	out.Report.FinishedAt = wire.At(time.Now())
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	return out, o.Booking.SaveRehearsal(saving, o.Season, began, out.Report)
}

// play sends the crowd, audits, and fills the report.
func (out *Outcome) play(ctx context.Context, o *Options, shadow string, nodes int) {
	r := &out.Report
	problem := func(text string) {
		if len(r.Problems) < mostNamed {
			r.Problems = append(r.Problems, text)
		}
	}
	err := o.awaitNodes(ctx, shadow, nodes)
	if err == nil {
		options := o.Crowd
		options.Season = shadow
		out.Crowd, err = crowd.Run(ctx, options)
	}
	if err != nil {
		r.Result = wire.RehearsalNotRun
		if ctx.Err() != nil {
			r.Result = wire.RehearsalInterrupted
		}
		problem(err.Error())
		return
	}
	take(r, out.Crowd)
	for _, note := range out.Crowd.Notes() {
		problem(note)
	}
	o.Say("auditing " + shadow)
	auditing, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer cancel()
	violations, err := o.Audit(auditing, shadow)
	r.Violations = len(violations)
	for _, v := range violations {
		problem(v)
	}
	if err != nil {
		problem("the audit could not look: " + err.Error())
	}
	switch {
	case out.Crowd.Broken() || len(violations) > 0:
		r.Result = wire.RehearsalFailed
	case err != nil:
		r.Result = wire.RehearsalNotRun
	case ctx.Err() != nil:
		r.Result = wire.RehearsalInterrupted
	default:
		r.Result = wire.RehearsalPassed
	}
}

// awaitNodes waits until every node takes part in the shadow's line, and one that the site
// asks shows its seats. Errors: unavailable after openTime.
func (o *Options) awaitNodes(ctx context.Context, shadow string, nodes int) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	client := &http.Client{Timeout: openTime}
	defer client.CloseIdleConnections()
	for {
		live, err := o.Queue.LiveIn(ctx, shadow)
		seen := len(live)
		if err == nil && seen >= nodes && o.shows(ctx, client, shadow) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "after %v %d of %d nodes take part in the shadow season, or %s does not show its seats: are all nodes of this version, and does the URL reach them?",
				openTime, seen, nodes, o.Crowd.URL)
		case <-time.After(lookEvery):
		}
	}
}

// shows reports whether the site shows the seats of a season.
func (o *Options) shows(ctx context.Context, client *http.Client, season string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(o.Crowd.URL, "/")+"/seasons/"+season, nil)
	if err != nil {
		return false
	}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	var shown wire.Season
	return answer.StatusCode == http.StatusOK && json.NewDecoder(answer.Body).Decode(&shown) == nil && shown.Sale != nil
}

// take copies the report of the crowd.
func take(r *wire.Rehearsal, c *crowd.Report) {
	r.Refusals = c.Refusals()
	r.Came, r.Connected, r.Admitted, r.Bought = c.Fans, c.Connected, c.Admitted, c.Bought
	r.SoldOut, r.Declined, r.Dropped, r.Errors = c.SoldOut, c.Declined, c.Dropped, c.Errors
	r.PositionErrors, r.OutOfOrder, r.SoldTwice = c.PositionErrors, c.OutOfOrder, c.SoldTwice
	r.ConnectMs, r.TurnMs = wire.RehearsalTimes(c.ConnectMs), wire.RehearsalTimes(c.TurnMs)
	r.HoldMs, r.PurchaseMs = wire.RehearsalTimes(c.HoldMs), wire.RehearsalTimes(c.PurchaseMs)
}
