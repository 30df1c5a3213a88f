package rehearse

import (
	"context"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/crowd"
	"usher/internal/fault"
	"usher/internal/store"
)

const (
	aliveTime  = 30 * time.Second // a rehearsal without a sign of life for so long was killed
	aliveEvery = 10 * time.Second
	settleTime = 45 * time.Second // for purchases in flight; a node takes over one that is 12 s overdue
	leaveTime  = 20 * time.Second // for nodes to forget the shadow
	removeTime = 10 * time.Minute
	// restTime is how long after a removal the stores are looked at once more: a request
	// takes at most four seconds, and a node notes sessions once a second.
	restTime   = 1500 * time.Millisecond
	mostRounds = 10
)

func aliveKey(shadow string) string { return "rehearsal:{" + shadow + "}" }

// keepAlive shows that the rehearsal of a shadow runs, until stop is called.
func (o *Options) keepAlive(ctx context.Context, shadow string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if err := o.Redis.Set(ctx, aliveKey(shadow), o.By, aliveTime).Err(); err != nil {
		cancel()
		return nil, store.Fault(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(aliveEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = o.Redis.Set(ctx, aliveKey(shadow), o.By, aliveTime).Err() // the next one tries again
			}
		}
	}()
	return func() { cancel(); <-ended }, nil
}

// Remove removes the shadow seasons of a season whose rehearsals were killed, and returns
// their ids. Errors: conflict while a rehearsal of the season runs; it stays as it is.
func Remove(ctx context.Context, o Options) (removed []string, err error) {
	if booking.IsShadow(o.Season) {
		return nil, fault.New(fault.InvalidRequest, "%s is a shadow season itself: name the season that it copies", o.Season)
	}
	shadows, err := o.Booking.Shadows(ctx, o.Season)
	if err != nil {
		return nil, err
	}
	for _, s := range shadows {
		alive, err := o.Redis.Exists(ctx, aliveKey(s.ID)).Result()
		if err != nil {
			return nil, store.Fault(err)
		}
		if alive > 0 {
			return nil, fault.New(fault.Conflict, "a rehearsal of %s is running or ended less than %v ago (%s): let it end, or interrupt it", o.Season, aliveTime, s.ID)
		}
	}
	for _, s := range shadows {
		if err := o.remove(ctx, s); err != nil {
			return removed, err
		}
		removed = append(removed, s.ID)
	}
	return removed, nil
}

// remove removes a shadow season and all that belongs to it. First the purchases in flight
// are settled, then the nodes forget the season, and then its data goes, the documents of the
// season itself last: a removal that was cut short is finished by the next one.
func (o *Options) remove(ctx context.Context, s booking.Shadow) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	// Purchases that no node settles in time, because no node runs, are removed as they are.
	await(ctx, settleTime, func() bool {
		n, err := o.Booking.PendingIn(ctx, s.ID)
		if err != nil || n == 0 {
			return err == nil
		}
		live, err := o.Queue.LiveIn(ctx, s.ID)
		return err == nil && len(live) == 0
	})
	if err := o.Booking.RetireShadow(ctx, s.ID); err != nil {
		return err
	}
	await(ctx, leaveTime, func() bool {
		live, err := o.Queue.LiveIn(ctx, s.ID)
		return err == nil && len(live) == 0
	})
	for round := range mostRounds {
		erased, err := o.erase(ctx, s)
		if err != nil {
			return err
		}
		if round > 0 && erased == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(restTime):
		}
	}
	return fault.New(fault.Unavailable, "after %d rounds some node still writes to season %s", mostRounds, s.ID)
}

// erase removes everything once and returns how much there was.
func (o *Options) erase(ctx context.Context, s booking.Shadow) (int64, error) {
	users := make([]string, s.Fans)
	for i := range users {
		users[i] = crowd.UserID(s.Seed, i)
	}
	sessions, err := auth.EraseSessions(ctx, o.Redis, users)
	if err != nil {
		return 0, err
	}
	ledger, err := o.Queue.EraseLedger(ctx, s.ID)
	if err != nil {
		return 0, err
	}
	keys, err := store.EraseSeason(ctx, o.Redis, s.ID)
	if err != nil {
		return 0, err
	}
	documents, err := o.Booking.EraseShadow(ctx, s.ID)
	return sessions + ledger + keys + documents, err
}

// await calls done until it returns true, for a time at most.
func await(ctx context.Context, most time.Duration, done func() bool) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}
