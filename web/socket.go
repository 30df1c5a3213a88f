package web

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

const (
	// busySpread is the period over which clients reconnect that were turned away
	// because this node has too many sockets.
	busySpread = 5 * time.Second
	// heartbeat is the longest interval between two pings of the server.
	heartbeat = 25 * time.Second
	// upgradesAtOnce is how many requests this node turns into sockets at a time:
	// enough to fill the batches that go to Redis. More of them would only slow
	// down everything else. The others wait in order, as long as upgradePatience.
	upgradesAtOnce  = 512
	upgradePatience = 5 * time.Second

	reasonBusy      = "busy"
	reasonLoggedOut = "logged_out"
)

// getSocket leaves answering to socket, which writes by itself.
func (s *Server) getSocket(w http.ResponseWriter, r *http.Request) error {
	return s.upgrades.do(r.Context(), func() error {
		s.socket(w, r)
		return nil
	})
}

// socket answers GET /ws. Everything that can be refused is refused as HTTP, before
// the request becomes a socket.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	r = r.WithContext(ctx)
	s.missesUpgrade(r)
	session, season, err := s.connecting(r, s.checkOrigin)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !isUpgrade(r):
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		writeProblem(w, fault.New(fault.InvalidRequest, "GET /ws is a WebSocket: send an upgrade"), http.StatusUpgradeRequired, "Only as a WebSocket")
	case checkHandshake(r) != nil:
		w.Header().Set("Sec-WebSocket-Version", webSocketVersion)
		s.fail(w, r, checkHandshake(r))
	case s.full(session, season):
		// A browser hides the status of a refused upgrade from its page, but shows
		// a close code.
		if socket, err := s.o.Hub.Upgrade(w, r); err == nil {
			s.o.Hub.Abort(socket, hub.CloseBusy, reasonBusy, Bye(reasonBusy, rand.N(busySpread)))
		}
	default:
		c := newClient(s, session, hub.Key{Season: season.ID, User: session.User.ID})
		c.language = s.languages.Of(r).Tag
		c.address = addressOf(r.Context())
		s.open(w, r, c, season, func() (*hub.Socket, error) { return s.o.Hub.Upgrade(w, r) })
	}
}

// getEvents answers GET /events: the messages of a socket as a stream of server-sent
// events, for networks that let no WebSocket pass. It is a socket in all else.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) error {
	return s.upgrades.do(r.Context(), func() error { return s.events(w, r) })
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	r = r.WithContext(ctx)
	session, season, err := s.connecting(r, s.checkReader)
	switch {
	case err != nil:
		return err
	case r.Method != http.MethodGet:
		return fault.New(fault.InvalidRequest, "GET /events is a stream of events: it has no answer without its content")
	case s.full(session, season):
		return fault.New(fault.Unavailable, "this node has too many live connections; connect again to reach another one")
	}
	c := newClient(s, session, hub.Key{Season: season.ID, User: session.User.ID})
	c.address = addressOf(r.Context())
	c.stream = true
	s.open(w, r, c, season, func() (*hub.Socket, error) {
		h := w.Header()
		h.Set("Cache-Control", "no-store, no-transform") // compressing would hold events back
		h.Set("X-Accel-Buffering", "no")                 // nginx then buffers nothing
		socket, err := s.o.Hub.Stream(w)
		if err != nil {
			h.Del("X-Accel-Buffering")
			s.fail(w, r, err)
			return nil, err
		}
		answeredWith(w, http.StatusOK)
		return socket, nil
	})
	return nil
}

// postAnswer notes that the client of the caller's stream lives: it answers a comment of
// the stream, which may be on another node than this one. With echo=true the stream sends
// a comment back.
func (s *Server) postAnswer(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	echo := false
	switch text := r.URL.Query().Get("echo"); text {
	case "true":
		echo = true
	case "", "false":
	default:
		return fault.New(fault.InvalidRequest, "echo=%.40q must be true or false", text)
	}
	if !s.o.Hub.Heard(hub.Key{Season: season.ID, User: session.User.ID}, echo) {
		if err := s.o.Queue.Answer(r.Context(), season.ID, session.User.ID, echo); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// connecting checks a request that wants to become a socket or a stream. The origin
// comes first: a page of another site must not spend its victim's budget.
func (s *Server) connecting(r *http.Request, checkOrigin func(*http.Request) error) (session auth.Session, season booking.Season, err error) {
	if err = checkOrigin(r); err != nil {
		return session, season, err
	}
	if session, err = s.authenticate(r, s.limits.upgrades); err != nil {
		return session, season, err
	}
	if s.o.Draining() {
		return session, season, fault.New(fault.Draining, "this node is shutting down; connect again to reach another one")
	}
	season, err = s.seasonOf(r)
	return session, season, err
}

// full reports whether there is no room for another socket of this user. A user's newer
// socket replaces the older one.
func (s *Server) full(session auth.Session, season booking.Season) bool {
	return s.o.Hub.Full() && s.o.Hub.Get(hub.Key{Season: season.ID, User: session.User.ID}) == nil
}

// open makes a checked request the user's live socket. take takes the connection over;
// on an error it has answered.
func (s *Server) open(w http.ResponseWriter, r *http.Request, c *client, season booking.Season, take func() (*hub.Socket, error)) {
	ctx, session, user := r.Context(), c.session, c.key.User
	// From here on the client's events are kept: what happens between the reads
	// below and the welcome is sent after the welcome.
	s.live.add(c)
	conn, status, err := s.o.Queue.Connect(ctx, season.ID, user)
	if err != nil {
		s.live.remove(c)
		s.fail(w, r, err)
		return
	}
	c.conn = conn
	cart, err := s.cart(ctx, session, season.ID)
	if err != nil {
		c.gone()
		s.fail(w, r, err)
		return
	}
	socket, err := take()
	if err != nil {
		c.gone()
		return
	}
	pause, sale := heartbeatOf(season), s.saleAtWelcome(ctx, season)
	welcome := wire.Welcome{
		Status: toStatus(status), Cart: toCart(cart), User: toUser(session.User), Season: season.ID,
		Protocol: wire.Protocol, HeartbeatSeconds: int(pause / time.Second), Sale: sale,
	}
	c.attach(socket, status, cart)
	s.metrics.sent(welcome.Type())
	s.o.Hub.Register(socket, hub.Identity{
		Key: c.key, Session: session.ID, Conn: conn, ExpiresAt: session.ExpiresAt, Heartbeat: pause,
	}, c, wire.Encode(welcome))
	c.welcomed()
	// A change that came between the welcome and the hub's registration.
	s.board.CatchUp(season.ID, sale, func(m *hub.Shared) { socket.Update(hub.SlotSale, m) })
	s.o.Queue.Follow(season.ID, user, conn)
	// The session may have been revoked between the first check and the hub's
	// registration. When the stores do not answer, closeRevokedOnce closes the
	// socket later.
	if err := s.o.Auth.Live(ctx, session); fault.Is(err, fault.Unauthenticated) {
		socket.Close(hub.CloseLoggedOut, reasonLoggedOut)
	}
}

// heartbeatOf returns how often a season's sockets are pinged, in whole seconds:
// often enough that a lease survives two lost pings.
func heartbeatOf(season booking.Season) time.Duration {
	third := (time.Duration(season.Lease) / 3).Truncate(time.Second)
	return max(time.Second, min(heartbeat, third))
}

// lastSent is the state that was last sent to a client, with what is needed to
// decide whether a state is news to the client.
type lastSent struct {
	epoch, version         int64
	state                  queue.State
	number                 int64
	position               int // 0: no position is shown
	limit                  int
	paused                 bool
	opensAt, turn, session time.Time
	wish                   string // "": none
}

func lastSentOf(s queue.Status) lastSent {
	last := lastSent{
		epoch: s.Epoch, version: s.Version, state: s.State, number: s.Number, position: s.Position,
		limit: s.Limit, paused: s.Paused, opensAt: s.OpensAt, session: s.SessionEndsAt,
	}
	if s.State == queue.Turn {
		last.turn = s.Deadline
	}
	if s.Wish != nil {
		last.wish = fmt.Sprintf("%+v", *s.Wish)
	}
	return last
}

// before reports whether s is older than other.
func (s lastSent) before(other lastSent) bool {
	return s.epoch < other.epoch || s.epoch == other.epoch && s.version < other.version
}

// same reports whether both look the same to a client. Counts are left out, because
// they come with positions; so is a lease's deadline, because it moves whenever the
// client shows that it is present.
func (s lastSent) same(other lastSent) bool {
	other.epoch, other.version = s.epoch, s.version
	return s.state == other.state && s.number == other.number && s.position == other.position && s.limit == other.limit && s.paused == other.paused &&
		s.opensAt.Equal(other.opensAt) && s.turn.Equal(other.turn) && s.session.Equal(other.session) && s.wish == other.wish
}

// Bye encodes the frame that the server sends before it closes a socket. It is the
// hub's Options.Bye.
func Bye(reason string, reconnectAfter time.Duration) []byte {
	return wire.Encode(wire.Bye{Reason: reason, ReconnectAfterMs: reconnectAfter.Milliseconds()})
}
