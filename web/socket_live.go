package web

import (
	"context"
	"sync"
	"time"

	"usher/hub"
	"usher/internal/auth"
)

// liveSockets are this node's clients and the work that continues for them.
type liveSockets struct {
	feed     seatFeed
	releases releases

	// ctx is the context of requests and purchases. It ends with the server, not
	// with the request that became the socket.
	ctx    context.Context
	cancel context.CancelFunc

	recheck chan struct{} // has a token when every client's session is to be checked now

	mu       sync.Mutex
	clients  map[hub.Key][]*client       // an older client of a key stays until its socket is closed
	watchers map[string]map[*client]bool // season → clients that receive seat changes
	ending   bool                        // no work starts any more
	work     sync.WaitGroup              // purchases in flight
}

func newLiveSockets() liveSockets {
	ctx, cancel := context.WithCancel(context.Background())
	return liveSockets{
		feed:     newSeatFeed(),
		releases: newReleases(),
		recheck:  make(chan struct{}, 1),
		ctx:      ctx,
		cancel:   cancel,
		clients:  map[hub.Key][]*client{},
		watchers: map[string]map[*client]bool{},
	}
}

func (l *liveSockets) add(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients[c.key] = append(l.clients[c.key], c)
}

// remove removes a client. It takes no client's lock, so the hub may call Closed
// from anywhere.
func (l *liveSockets) remove(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rest []*client
	for _, other := range l.clients[c.key] {
		if other != c {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(l.clients, c.key)
	} else {
		l.clients[c.key] = rest
	}
	l.unwatchLocked(c)
}

// of returns the clients of a user; the slice is not changed afterwards.
func (l *liveSockets) of(season, user string) []*client {
	l.mu.Lock()
	defer l.mu.Unlock()
	clients := l.clients[hub.Key{Season: season, User: user}]
	return clients[:len(clients):len(clients)]
}

// sessions returns every client's session; one with several clients comes several
// times.
func (l *liveSockets) sessions() []auth.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	sessions := make([]auth.Session, 0, len(l.clients))
	for _, clients := range l.clients {
		for _, c := range clients {
			sessions = append(sessions, c.session)
		}
	}
	return sessions
}

func (l *liveSockets) watch(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	watchers := l.watchers[c.key.Season]
	if watchers == nil {
		watchers = map[*client]bool{}
		l.watchers[c.key.Season] = watchers
	}
	watchers[c] = true
}

func (l *liveSockets) unwatch(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unwatchLocked(c)
}

func (l *liveSockets) unwatchLocked(c *client) {
	watchers := l.watchers[c.key.Season]
	delete(watchers, c)
	if len(watchers) == 0 {
		delete(l.watchers, c.key.Season)
	}
}

func (l *liveSockets) watching(season string) []*client {
	l.mu.Lock()
	defer l.mu.Unlock()
	clients := make([]*client, 0, len(l.watchers[season]))
	for c := range l.watchers[season] {
		clients = append(clients, c)
	}
	return clients
}

// begin starts work that outlives the call. It reports false when the server is
// ending.
func (l *liveSockets) begin(work func(ctx context.Context)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return false
	}
	l.work.Go(func() { work(l.ctx) })
	return true
}

// end waits for work in flight, for at most grace; then it cancels the work, as a
// crash would.
func (l *liveSockets) end(grace time.Duration) {
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	stop := time.AfterFunc(grace, l.cancel)
	l.work.Wait()
	stop.Stop()
	l.cancel()
}
