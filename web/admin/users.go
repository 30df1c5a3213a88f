package admin

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

const (
	usersFound  = 20              // the most users that a search returns: each is read by itself
	searchTime  = 3 * time.Second // the most time a search takes: it reads every user's name
	usersAtOnce = 4               // users read at the same time
)

// FindUsers answers with the users of ?q and the state of each, also of those who are
// neither in line nor in the sale.
func (s *Site) FindUsers(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	searching, cancel := context.WithTimeout(r.Context(), searchTime)
	defer cancel()
	ids, err := s.o.Search(searching, r.URL.Query().Get("q"), usersFound+1)
	if err != nil {
		return err
	}
	more := len(ids) > usersFound
	ids = ids[:min(len(ids), usersFound)]
	names, err := s.o.Names(r.Context(), ids)
	if err != nil {
		return err
	}
	found := wire.FoundUsers{Users: make([]wire.FoundUser, len(ids)), More: more}
	reading, ctx := errgroup.WithContext(r.Context())
	reading.SetLimit(usersAtOnce)
	for i, id := range ids {
		reading.Go(func() error {
			p, err := s.o.Queue.Person(ctx, season.ID, id)
			found.Users[i] = wire.FoundUser{UserID: id, Name: names[id], State: string(p.State), Position: p.Position, Present: p.Present}
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return err
	}
	return s.o.Answer(w, http.StatusOK, found)
}

// GetUser answers with all that is known about one user in a season.
func (s *Site) GetUser(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	user, err := s.userOf(r)
	if err != nil {
		return err
	}
	p, err := s.o.Queue.Person(r.Context(), season.ID, user)
	if err != nil {
		return err
	}
	names, err := s.o.Names(r.Context(), []string{user})
	if err != nil {
		return err
	}
	name, known := names[user]
	if !known && p.State == queue.None && len(p.Ended) == 0 && len(p.Spent) == 0 {
		return fault.New(fault.NotFound, "user %s not found", user)
	}
	return s.o.Answer(w, http.StatusOK, toUser(season, user, name, p))
}

func toUser(season booking.Season, id, name string, p queue.Person) wire.LineUser {
	u := wire.LineUser{
		UserID: id, Name: name, State: string(p.State), Number: p.Number, Position: p.Position, Waiting: p.Waiting, Ahead: p.Ahead,
		Present: p.Present, Connected: p.Connected, Now: wire.At(p.Now),
		JoinedAt: atOrNull(p.JoinedAt), AdmittedAt: atOrNull(p.AdmittedAt), PresentUntil: atOrNull(p.PresentUntil), ForgottenAt: atOrNull(p.ForgottenAt),
		Deadline: atOrNull(p.Deadline), SessionEndsAt: atOrNull(p.SessionEndsAt), OpensAt: atOrNull(p.OpensAt),
		Active: p.Active, Limit: p.Limit, Reasons: reasons(p), PauseReason: wire.TextOrNull(season.PauseReason),
		Ended: make([]wire.EndedPlace, 0, len(p.Ended)), Numbers: make([]wire.SpentNumber, 0, len(p.Spent)), NumbersUnread: p.SpentUnread,
	}
	for _, e := range p.Ended {
		u.Ended = append(u.Ended, wire.EndedPlace{
			Was: string(e.Was), Reason: string(e.Reason), Number: e.Number,
			JoinedAt: atOrNull(e.JoinedAt), AdmittedAt: atOrNull(e.AdmittedAt), EndedAt: wire.At(e.At),
		})
	}
	for _, s := range p.Spent {
		what := wire.NumberGivenUp
		switch {
		case s.Turn && s.Void:
			what = wire.NumberVoid
		case s.Turn:
			what = wire.NumberEntered
		}
		u.Numbers = append(u.Numbers, wire.SpentNumber{Number: s.Number, What: what, At: wire.At(s.At)})
	}
	return u
}

// reasons says why a user is not in the sale, the strongest reason first. It is empty for
// a user with a turn or in the sale.
func reasons(p queue.Person) []wire.WaitReason {
	all := []wire.WaitReason{}
	add := func(is bool, reason wire.WaitReason) {
		if is {
			all = append(all, reason)
		}
	}
	switch p.State {
	case queue.None:
		add(true, wire.WaitNotInLine)
	case queue.Waiting, queue.Gathering:
		add(p.State == queue.Gathering, wire.WaitNotOpen)
		add(p.Paused, wire.WaitPaused)
		add(!p.Present, wire.WaitAbsent)
		add(p.NoSeat, wire.WaitNoSeat)
		add(p.Active >= p.Limit, wire.WaitNoPlace)
		add(p.Present && p.Ahead > 0, wire.WaitAhead)
		add(len(all) == 0 && p.PerMinute > 0, wire.WaitRate)
	case queue.Turn, queue.Active:
	}
	return all
}

func atOrNull(t time.Time) *wire.Time {
	if t.IsZero() {
		return nil
	}
	at := wire.At(t)
	return &at
}
