package feed

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"usher/internal/fault"
	"usher/internal/store"
)

// Pulled is a part of the log. The events are the bodies that webhooks receive, byte
// for byte.
type Pulled struct {
	Events []json.RawMessage
	Next   string // the cursor after the last event; never ""
	More   bool   // the log has more events already
}

// Pull returns at most limit events after a cursor, of all seasons, the oldest first.
// The cursor "" is the start of the log. A reader that continues with Next misses no
// event, because events are only appended to the log. Errors: invalid_request.
func (f *Feed) Pull(ctx context.Context, after string, limit int) (Pulled, error) {
	page, index, err := parseCursor(after)
	if err != nil {
		return Pulled{}, err
	}
	var got Pulled
	for {
		read, err := f.eventLog.read(ctx, page)
		if err != nil {
			return Pulled{}, store.Fault(err)
		}
		if read == nil {
			break
		}
		for index < len(read.Events) && len(got.Events) < limit {
			got.Events = append(got.Events, json.RawMessage(read.Events[index].Body))
			index++
		}
		if index < len(read.Events) {
			got.More = true
			break
		}
		page, index = page+1, 0
		if len(got.Events) == limit {
			following, err := f.eventLog.read(ctx, page)
			if err != nil {
				return Pulled{}, store.Fault(err)
			}
			got.More = following != nil
			break
		}
	}
	got.Next = strconv.FormatInt(page, 10) + "-" + strconv.Itoa(index)
	return got, nil
}

// parseCursor parses "<page>-<number of events of that page already read>".
func parseCursor(cursor string) (page int64, index int, err error) {
	if cursor == "" {
		return 1, 0, nil
	}
	first, second, _ := strings.Cut(cursor, "-")
	page, err1 := strconv.ParseInt(first, 10, 64)
	index, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || page < 1 || index < 0 {
		return 0, 0, fault.New(fault.InvalidRequest, "the cursor %.40q is invalid: use the next of an earlier answer, or no cursor", cursor)
	}
	return page, index, nil
}
