package seats

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// messageTime bounds how long handling a message may take. A message about a seat that
// this node does not know yet reads the plan.
const messageTime = 3 * time.Second

// message is a message of a season's channel, from lua/part/report.lua.
type message struct {
	Version  int64    `json:"v"`
	User     string   `json:"u"` // "": the message is about no cart
	Reason   string   `json:"r"`
	Seats    []string `json:"s"`
	Deadline int64    `json:"t"` // ms
	Extend   bool     `json:"e"` // the cart may be given more time
	Types    []string `json:"p"` // seat, type, seat, type: of the seats that have not the normal price

	Transaction json.RawMessage `json:"x"` // an order or refund that is complete; then only Version is set beside it
}

func parseMessage(text string) (*message, error) {
	var m message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("message %.200q: %w", text, err)
	}
	return &m, nil
}

// Announce tells the nodes about a completed order that has changed while its seats have
// not: a ticket was used. Settled receives the order, as after an order or a refund. No
// seat depends on the message, so it has no version.
func (s *Store) Announce(ctx context.Context, season string, order json.RawMessage) error {
	text, err := json.Marshal(struct {
		Transaction json.RawMessage `json:"x"`
	}{order})
	if err != nil {
		return err
	}
	return s.Redis.Publish(ctx, ChannelOf(season), text).Err()
}

// handle handles a message of a season's channel. A message about a cart has a version
// of its own: handle ignores a message that is not newer than what was passed to
// Notify, and leaves a gap before a message to the next reading.
func (s *Store) handle(m *mirror, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), messageTime)
	defer cancel()
	got, err := parseMessage(text)
	if err != nil {
		s.Log.WarnContext(ctx, "reading a message failed: it is ignored", "season", m.season, "error", err)
		return
	}
	m.wake()
	if len(got.Transaction) > 0 {
		if err := s.Settled(m.season, got.Transaction); err != nil {
			s.Log.WarnContext(ctx, "reading an announced transaction failed: it is ignored", "season", m.season, "error", err)
		}
		return
	}
	m.mu.Lock()
	old := got.Version <= m.notified
	if got.Version == m.notified+1 && m.notified >= 0 {
		m.notified = got.Version
	}
	m.mu.Unlock()
	if old {
		return
	}
	if event, ok := s.cartEvent(ctx, m.season, got); ok {
		s.Notify([]Event{event})
	}
}

// cartEvent makes the event of a message, if the message is about a cart.
func (s *Store) cartEvent(ctx context.Context, season string, m *message) (Event, bool) {
	if m.User == "" {
		return Event{}, false
	}
	r := cartReply{version: m.Version, deadline: m.Deadline, seats: m.Seats, types: m.Types}
	if m.Extend {
		r.extend = 1
	}
	cart, err := s.makeCart(ctx, season, &r)
	if err != nil {
		s.Log.WarnContext(ctx, "looking up the seats of a changed cart failed: its user is not notified", "season", season, "user", m.User, "error", err)
		return Event{}, false
	}
	return Event{Season: season, User: m.User, Cart: &cart, Reason: m.Reason}, true
}
