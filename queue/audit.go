package queue

import (
	"context"
	"strconv"
	"strings"

	"usher/internal/store"
)

// Violation is an invariant of ARCHITECTURE.md that does not hold.
type Violation struct {
	Invariant int    `json:"invariant"`
	Sentence  string `json:"sentence"`
}

// Audited is the result of an audit: how many users are in line and active, and
// what is wrong.
type Audited struct {
	Waiting, Active int
	Violations      []Violation
}

// Audit returns each violated invariant of the season's line as one sentence.
func (q *Queue) Audit(ctx context.Context, season string) ([]string, error) {
	report, err := q.AuditLine(ctx, season, nil)
	var found []string
	for _, v := range report.Violations {
		found = append(found, v.Sentence)
	}
	return found, err
}

// AuditLine checks invariants 4 and 5 of ARCHITECTURE.md. Each portion of users
// is compared at one moment, so a line that moves during the audit causes no
// false violations. progress is called with the number of users checked so far;
// it may be nil.
func (q *Queue) AuditLine(ctx context.Context, season string, progress func(users int)) (Audited, error) {
	s := q.season(season)
	known := map[string]bool{}
	var report Audited
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
		report.Waiting, report.Active = r.counts.Waiting, r.counts.Active
		for _, said := range r.perUser() {
			if !known[said] {
				known[said] = true
				invariant, sentence, _ := strings.Cut(said, " ")
				number, err := strconv.Atoi(invariant)
				if err != nil {
					return errReply
				}
				report.Violations = append(report.Violations, Violation{number, sentence})
			}
		}
		if progress != nil {
			progress(len(known))
		}
		return nil
	}
	if err := audit(nil); err != nil {
		return Audited{}, store.Fault(err)
	}
	client := q.o.Redis
	for _, key := range []string{s.keys[keyList], s.keys[keyNumbers], s.keys[keyReady]} {
		var cursor uint64
		for {
			var page []string
			var err error
			if key == s.keys[keyNumbers] {
				page, cursor, err = client.HScan(ctx, key, cursor, "", batchSize).Result()
			} else {
				page, cursor, err = client.ZScan(ctx, key, cursor, "", batchSize).Result()
			}
			if err != nil {
				return Audited{}, store.Fault(err)
			}
			users := make([]string, 0, len(page)/2)
			for i := 0; i < len(page); i += 2 {
				users = append(users, page[i])
			}
			for len(users) > 0 {
				n := min(len(users), batchSize)
				if err := audit(users[:n]); err != nil {
					return Audited{}, store.Fault(err)
				}
				users = users[n:]
			}
			if cursor == 0 {
				break
			}
		}
	}
	return report, nil
}
