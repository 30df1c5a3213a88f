package queue

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MostDraws is the highest number of a draw: a phase whose draw would have a higher one
// goes by order of arrival. A season has ten phases at most, and a draw more for each
// time that the organizer changes the phases while users gather.
const MostDraws = 20

// drawMemory caches the documents of a season's draws. Each document is inserted once
// and never changes.
type drawMemory struct {
	mu    sync.Mutex
	known drawList
	asked time.Time // when the ledger was last read for the missing documents

	work sync.Mutex          // held while the marks are computed: one or two seconds for a million users
	held map[int64]*HeldDraw // by number; guarded by work
}

// drawDocuments are the documents of a draw; nil where there is none yet.
type drawDocuments struct {
	nth        int64
	commitment *drawCommitment
	gathering  *drawGather
	frozen     *drawFreeze
	reveal     *drawReveal
}

// drawList are the draws of a season that have any document, by number.
type drawList []drawDocuments

// nth returns the documents of a draw; without any when there are none.
func (l drawList) nth(nth int64) drawDocuments {
	for _, d := range l {
		if d.nth == nth {
			return d
		}
	}
	return drawDocuments{nth: nth}
}

// of returns the draw for which the user of a number gathered; without documents for a
// number that was in no draw.
func (l drawList) of(number int64) drawDocuments {
	for _, d := range l {
		if f := d.frozen; f != nil && number > f.From && number <= f.Last {
			return d
		}
	}
	return drawDocuments{}
}

// mask is the draws that have a commitment, as configure.lua reads them: the sum of 2 to
// the power of each draw's number.
func (l drawList) mask() (sum int64) {
	for _, d := range l {
		if d.commitment != nil {
			sum |= 1 << d.nth
		}
	}
	return sum
}

// recall returns the documents of the draws. It reads those from the ledger that
// this node has not cached.
func (s *season) recall(ctx context.Context) (drawList, error) {
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	err := s.recallLocked(ctx)
	return m.known, err
}

// recallOne returns the documents of one draw.
func (s *season) recallOne(ctx context.Context, nth int64) (drawDocuments, error) {
	draws, err := s.recall(ctx)
	return draws.nth(max(1, nth)), err
}

func (s *season) recallLocked(ctx context.Context) (err error) {
	s.draws.known, err = s.q.ledger.drawsOf(ctx, s.id, s.draws.known)
	return err
}

// drawsOf reads the documents of a season's draws that are not known yet.
func (l ledger) drawsOf(ctx context.Context, season string, known drawList) (drawList, error) {
	var missing []string
	for nth := range int64(MostDraws) {
		d := known.nth(nth + 1)
		for document, has := range map[string]bool{
			"promise": d.commitment != nil, "gathering": d.gathering != nil || nth == 0 || d.frozen != nil,
			"frozen": d.frozen != nil, "reveal": d.reveal != nil,
		} {
			if !has {
				missing = append(missing, drawID(season, nth+1, document))
			}
		}
	}
	cursor, err := l.draws.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: missing}}}})
	if err != nil {
		return known, err
	}
	var found []bson.Raw
	if err := cursor.All(ctx, &found); err != nil {
		return known, err
	}
	by := map[int64]drawDocuments{}
	for _, d := range known {
		by[d.nth] = d
	}
	for _, raw := range found {
		id, _ := raw.Lookup("_id").StringValueOK()
		nth, document := int64(1), strings.TrimPrefix(id, season+"/")
		if number, rest, later := strings.Cut(document, "/"); later {
			nth, _ = strconv.ParseInt(number, 10, 64)
			document = rest
		}
		d := by[nth]
		d.nth = nth
		if err := d.read(document, raw); err != nil {
			return known, err
		}
		by[nth] = d
	}
	var all drawList
	for nth := range int64(MostDraws) {
		if d, any := by[nth+1]; any {
			all = append(all, d)
		}
	}
	return all, nil
}

// read decodes one document of a draw.
func (d *drawDocuments) read(document string, raw bson.Raw) error {
	switch document {
	case "promise":
		d.commitment = new(drawCommitment)
		return bson.Unmarshal(raw, d.commitment)
	case "gathering":
		d.gathering = new(drawGather)
		return bson.Unmarshal(raw, d.gathering)
	case "frozen":
		d.frozen = new(drawFreeze)
		return bson.Unmarshal(raw, d.frozen)
	case "reveal":
		d.reveal = new(drawReveal)
		return bson.Unmarshal(raw, d.reveal)
	}
	return nil
}
