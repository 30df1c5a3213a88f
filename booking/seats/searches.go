package seats

import (
	"context"
	"sync/atomic"
	"time"

	"usher/internal/fault"
)

const (
	searchesAtOnce = 2 // searches running at once on this node: each uses a core while it runs
	searchesWait   = 5 * time.Second
)

// searches bounds the searches for the best seats on this node.
type searches struct {
	running chan struct{}
	visited atomic.Int64 // seats that searches have looked at; for tests
}

func newSearches() *searches {
	return &searches{running: make(chan struct{}, searchesAtOnce)}
}

// begin waits until a search may run. The caller must call end when the search has
// ended.
func (s *searches) begin(ctx context.Context) (end func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, searchesWait)
	defer cancel()
	select {
	case s.running <- struct{}{}:
		return func() { <-s.running }, nil
	case <-waiting.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "too many searches for seats at once; try again in a moment")
	}
}
