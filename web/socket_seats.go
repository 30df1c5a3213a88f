package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"sync"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// changesPause is the shortest interval between two broadcasts of changes.
const changesPause = 100 * time.Millisecond

// fullBitmaps is the most characters that the bitmaps of a snapshot may have
// together before each is trimmed after its last seat that is not free. Thus the
// snapshot of a stadium stays below 20 kB. Smaller plans get complete bitmaps,
// which the simplest client can read.
const fullBitmaps = 19_000

// answerSeats answers with the status of every seat. From then on the client
// receives changes.
func (c *client) answerSeats(ctx context.Context, request wire.Request) error {
	c.begin(aboutSeats)
	// Watching begins before the state is read: when the place is lost in between,
	// that event ends the watching.
	c.watch()
	status, err := c.s.status(ctx, c.session, c.key.Season)
	if err == nil && status.State != queue.Active {
		err = fault.New(fault.NotAdmitted, "seats are shown to active users only; you are %s", stateName(status.State))
	}
	var snapshot *booking.Snapshot
	if err == nil {
		snapshot, err = c.s.o.Booking.Snapshot(ctx, c.key.Season)
	}
	var message wire.Message
	if err == nil {
		message = seatsMessage(request, snapshot)
	}
	c.answer(aboutSeats, func() {
		if err != nil {
			c.unwatchLocked()
			c.refuseLocked(ctx, request, err)
			return
		}
		c.seats = snapshot.Version
		c.sendLocked(message)
	})
	return err
}

// followSeatsLocked sends the stream of an active user every seat's status, and changes
// from then on, as a socket gets them that asks. Without the statuses a client could not
// tell what changed between its own GET /seats, of any node, and the first change.
func (c *client) followSeatsLocked() {
	if !c.stream || c.watching || c.socket == nil || c.last.state != queue.Active {
		return
	}
	c.watching = true
	c.s.live.watch(c)
	c.answering[aboutSeats]++
	if !c.s.live.begin(c.sendSeats) {
		c.answering[aboutSeats]-- // the server ends
	}
}

// sendSeats ends what followSeatsLocked began. A stream whose seats cannot be read is
// closed, so that its client comes back and everything begins again.
func (c *client) sendSeats(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	snapshot, err := c.s.o.Booking.Snapshot(ctx, c.key.Season)
	c.answer(aboutSeats, func() {
		if err != nil || c.last.state != queue.Active {
			c.unwatchLocked()
			return
		}
		c.seats = snapshot.Version
		c.sendLocked(seatsMessage(wire.Request{Format: wire.FormatBitmap}, snapshot))
	})
	if err != nil {
		c.s.log.Warn("stream: reading the seats failed: the client connects again", "season", c.key.Season, "error", err)
		c.socket.Close(hub.CloseInternal, hub.ReasonInternal)
	}
}

func stateName(state queue.State) string {
	if state == queue.None || state == "" {
		return "not in line"
	}
	return string(state)
}

func (c *client) watch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = true
	c.s.live.watch(c)
}

func (c *client) unwatchLocked() {
	if c.watching {
		c.watching = false
		c.s.live.unwatch(c)
	}
}

func seatsMessage(request wire.Request, snapshot *booking.Snapshot) wire.Message {
	count := 0
	if snapshot.Plan != nil {
		count = len(snapshot.Plan.Seats)
	}
	if request.Format == wire.FormatBitmap {
		shape := padded
		if 3*base64.StdEncoding.EncodedLen((count+7)/8) > fullBitmaps {
			shape = trimmed
		}
		return wire.SeatBitmaps{
			Re: request.ID, Version: snapshot.Version, Count: count, Unavailable: shape(snapshot.Unavailable, count),
			InTransaction: shape(snapshot.InTransaction, count), Booked: shape(snapshot.Booked, count), Areas: toAreas(snapshot.AreaStocks()),
		}
	}
	names := map[string]string{}
	for i := range count {
		if status := snapshot.Status(i); status != booking.Available {
			names[snapshot.Plan.Seats[i].Number] = status
		}
	}
	return wire.SeatNames{Re: request.ID, Version: snapshot.Version, Seats: names, Areas: toAreas(snapshot.AreaStocks())}
}

// padded copies a bitmap to the length for count seats. Redis omits zeros at the
// end.
func padded(bitmap []byte, count int) []byte {
	full := make([]byte, (count+7)/8)
	copy(full, bitmap)
	return full
}

// trimmed omits the zeros at the end of a bitmap, as Redis does: a missing bit is
// 0.
func trimmed(bitmap []byte, _ int) []byte {
	return append([]byte{}, bytes.TrimRight(bitmap, "\x00")...) // never nil, which would be encoded as null
}

// seatsUpdate is a hub.Update with changed seats. Sockets share it, and it is
// encoded once for all that send it unmerged.
type seatsUpdate struct {
	version int64
	plan    int64                        // the version of a new plan that the changes belong to, or 0
	seats   map[string]string            // immutable once the update is shared
	areas   map[string]booking.AreaStock // by name; as seats
	encode  sync.Once
	frame   []byte
}

// Merge implements hub.Update.
func (u *seatsUpdate) Merge(newer hub.Update) hub.Update {
	return u.merge(newer.(*seatsUpdate))
}

func (u *seatsUpdate) merge(newer *seatsUpdate) *seatsUpdate {
	if newer.version < u.version {
		u, newer = newer, u
	}
	merged := maps.Clone(u.seats)
	maps.Copy(merged, newer.seats)
	areas := maps.Clone(u.areas)
	if areas == nil {
		areas = newer.areas
	} else {
		maps.Copy(areas, newer.areas)
	}
	return &seatsUpdate{version: newer.version, plan: max(u.plan, newer.plan), seats: merged, areas: areas}
}

// Frame implements hub.Update.
func (u *seatsUpdate) Frame() []byte {
	u.encode.Do(func() {
		stocks := make([]booking.AreaStock, 0, len(u.areas))
		for _, name := range slices.Sorted(maps.Keys(u.areas)) {
			stocks = append(stocks, u.areas[name])
		}
		u.frame = wire.Encode(wire.Changes{Version: u.version, Plan: u.plan, Seats: u.seats, Areas: toAreas(stocks)})
	})
	return u.frame
}

// seatFeed collects changed seats until they are broadcast.
type seatFeed struct {
	wake chan struct{} // has a token while changes are pending

	mu      *sync.Mutex
	pending map[string]*seatsUpdate // by season
}

func newSeatFeed() seatFeed {
	return seatFeed{wake: make(chan struct{}, 1), mu: &sync.Mutex{}, pending: map[string]*seatsUpdate{}}
}

func (f *seatFeed) add(season string, changes *booking.SeatDelta) {
	if len(changes.Seats) == 0 {
		return
	}
	u := &seatsUpdate{version: changes.Version, plan: changes.Plan, seats: changes.Seats}
	if len(changes.Areas) > 0 {
		u.areas = make(map[string]booking.AreaStock, len(changes.Areas))
		for _, stock := range changes.Areas {
			u.areas[stock.Name] = stock
		}
	}
	f.mu.Lock()
	if earlier := f.pending[season]; earlier != nil {
		u = earlier.merge(u)
	}
	f.pending[season] = u
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *seatFeed) take() map[string]*seatsUpdate {
	f.mu.Lock()
	defer f.mu.Unlock()
	pending := f.pending
	f.pending = map[string]*seatsUpdate{}
	return pending
}

// broadcastSeats sends changes, at most ten times a second, until ctx ends.
func (s *Server) broadcastSeats(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.live.feed.wake:
		}
		s.broadcastSeatsOnce()
		select {
		case <-ctx.Done():
			return
		case <-time.After(changesPause):
		}
	}
}

func (s *Server) broadcastSeatsOnce() {
	for season, update := range s.live.feed.take() {
		for _, c := range s.live.watching(season) {
			c.handle(aboutSeats, func() { c.seatsChangedLocked(update) })
		}
	}
}

// seatsChangedLocked sends changes to a watching client, unless it has received
// them.
func (c *client) seatsChangedLocked(u *seatsUpdate) {
	if !c.watching || u.version <= c.seats {
		return
	}
	c.seats = u.version
	c.s.metrics.sent("changes")
	c.socket.Update(hub.SlotSeats, u)
}
