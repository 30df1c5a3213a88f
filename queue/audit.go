package queue

import (
	"context"

	"usher/internal/store"
)

// Audit returns each violated invariant of the season's line as one sentence.
// Each portion of users is compared at one moment, so that a line that moves
// meanwhile accuses nobody.
func (q *Queue) Audit(ctx context.Context, season string) ([]string, error) {
	s := q.season(season)
	known := map[string]bool{}
	var found []string
	audit := func(users []string) error {
		args := []any{}
		for _, user := range users {
			if user != "" && !known[user] {
				known[user] = true
				args = append(args, user)
			}
		}
		r, err := s.call(ctx, auditScript, args...)
		if err != nil {
			return err
		}
		for _, sentence := range r.extra {
			if !known[text(sentence)] {
				known[text(sentence)] = true
				found = append(found, text(sentence))
			}
		}
		return nil
	}
	if err := audit(nil); err != nil {
		return nil, store.Fault(err)
	}
	client := q.o.Redis
	for _, key := range []string{s.keys[3], s.keys[4], s.keys[6]} { // the list, the numbers, the ready
		var cursor uint64
		for {
			var page []string
			var err error
			if key == s.keys[4] {
				page, cursor, err = client.HScan(ctx, key, cursor, "", batchSize).Result()
			} else {
				page, cursor, err = client.ZScan(ctx, key, cursor, "", batchSize).Result()
			}
			if err != nil {
				return nil, store.Fault(err)
			}
			users := make([]string, 0, len(page)/2)
			for i := 0; i < len(page); i += 2 {
				users = append(users, page[i])
			}
			for len(users) > 0 {
				n := min(len(users), batchSize)
				if err := audit(users[:n]); err != nil {
					return nil, store.Fault(err)
				}
				users = users[n:]
			}
			if cursor == 0 {
				break
			}
		}
	}
	return found, nil
}
