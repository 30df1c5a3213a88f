package queue

import (
	"cmp"
	"context"
	"slices"
)

// resume registers all sockets of this node: at its first tick, after other nodes
// took it for dead, and in a new epoch. In a new epoch bringBack also brings back
// the places of the users here. That happens apart from the tick, because the
// heartbeat must not wait for the ledger.
func (s *season) resume(ctx context.Context, epoch int64) error {
	s.mu.Lock()
	sockets := make([]socket, 0, len(s.followers))
	for user, f := range s.followers {
		if f.replaced == 0 {
			sockets = append(sockets, socket{user, f.conn})
		}
		// A turn that was not entered has not spent its number.
		in := f.lastSent.State == Waiting || f.lastSent.State == Gathering || f.lastSent.State == Turn
		if in && f.at.epoch < epoch && f.lastSent.Origin < epoch && f.lastSent.Number != f.leaving {
			s.bringing[user] = f.lastSent
		}
	}
	s.bringingIn = epoch
	lost := len(s.bringing) > 0
	before := s.resumed
	s.mu.Unlock()
	// The oldest socket first: a user who is registered late may be overtaken by
	// users behind, and the order of a map must not decide who that is.
	slices.SortFunc(sockets, func(a, b socket) int { return cmp.Compare(a.conn, b.conn) })
	if err := s.enterSockets(ctx, sockets, true); err != nil {
		return err
	}
	s.mu.Lock()
	s.resumed = epoch
	s.mu.Unlock()
	if lost {
		s.needLedger()
	}
	if before != 0 {
		s.q.metrics.resyncs.WithLabelValues("resumed").Inc()
	}
	if err := s.readAgain(ctx, s.usersHere()); err != nil {
		s.askResync("resumed")
		return err
	}
	r, err := s.call(ctx, positionsScript)
	if err != nil {
		return err
	}
	return s.refresh(ctx, r.counts, segmentsOf(r))
}

// bringBack joins the users who waited here in an earlier epoch or had a turn,
// with their numbers. It takes them from this node's memory, as a fan would bring
// the signed place, and only unspent numbers. Until then, the absence of these
// users from the line means nothing.
func (s *season) bringBack(ctx context.Context) error {
	for {
		s.mu.Lock()
		lost := make([]userState, 0, len(s.bringing))
		for _, r := range s.bringing {
			lost = append(lost, r)
		}
		epoch := s.bringingIn
		s.mu.Unlock()
		if len(lost) == 0 {
			return nil
		}
		slices.SortFunc(lost, func(a, b userState) int { return cmp.Compare(a.Number, b.Number) })
		lost = lost[:min(len(lost), batchSize)]
		if err := s.bringBackThese(ctx, epoch, lost); err != nil {
			return err
		}
	}
}

func (s *season) bringBackThese(ctx context.Context, epoch int64, lost []userState) error {
	unspent, err := s.q.ledger.unspent(ctx, s.id, lost)
	if err != nil {
		return err
	}
	var args []any
	for _, r := range unspent {
		args = append(args, r.User, r.bring())
	}
	if len(args) > 0 {
		r, err := s.call(ctx, joinScript, args...)
		if err != nil {
			return err
		}
		if err := s.bringDrawn(ctx, r.counts.Epoch, unspent, r.perUser()); err != nil {
			return err
		}
	}
	var users []string
	var left []userState // users who left before their place was brought back
	s.mu.Lock()
	if s.bringingIn != epoch { // Redis lost the line again
		s.mu.Unlock()
		return nil
	}
	for _, r := range lost {
		users = append(users, r.User)
		if _, still := s.bringing[r.User]; !still {
			left = append(left, r)
		}
		delete(s.bringing, r.User)
	}
	s.mu.Unlock()
	for _, r := range left {
		if _, err := s.leave.Do(ctx, question{user: r.User, args: []any{r.Number, ""}}); err != nil {
			return err
		}
	}
	if err := s.readAgain(ctx, users); err != nil {
		s.askResync("resumed")
		return err
	}
	return nil
}

// leaves records that a user is giving up a place: if Redis loses the line now,
// or has lost it, this node does not bring the place back.
func (s *season) leaves(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.followers[user]; f != nil {
		f.leaving = f.lastSent.Number
	}
	delete(s.bringing, user)
}
