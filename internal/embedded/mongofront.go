package embedded

import (
	"bufio"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// FerretDB has 100 SQLite connections. Each open cursor holds one and each update
// two, and FerretDB waits without a limit for a free one. A hundred clients that read
// a cursor at once block FerretDB for good, even after they disconnected, because
// FerretDB notices that only between two commands.
//
// The front sends at most mongoAtOnce commands at a time. Each holds at most two
// connections and leaves no cursor open, so the hundred cannot run out.
const mongoAtOnce = 40

// mongoPatience is how long FerretDB may take to answer one command.
const mongoPatience = time.Minute

// mongoAhead is how many messages of a client are read before the earlier ones are
// answered. The front sees that a client disconnected only after it has read all
// messages before that.
const mongoAhead = 64

// mongoFront is a proxy in front of FerretDB. It opens a connection to FerretDB for
// each client, and sends at most mongoAtOnce commands at a time. It reads every cursor
// to its end at once and answers getMore itself, and it sends the statements of an
// update one by one. A client that disconnects does not stop a command halfway.
type mongoFront struct {
	listener net.Listener
	backend  string
	log      *slog.Logger
	atOnce   chan struct{} // has one element for each command in flight
	done     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]struct{} // all open connections, of clients and to FerretDB
	cursors map[int64]*mongoCursor
}

// startMongoFront serves the clients of listener from the FerretDB at backend.
func startMongoFront(listener net.Listener, backend string, log *slog.Logger) *mongoFront {
	f := &mongoFront{
		listener: listener, backend: backend, log: log,
		atOnce:  make(chan struct{}, mongoAtOnce),
		conns:   map[net.Conn]struct{}{},
		cursors: map[int64]*mongoCursor{},
	}
	f.done.Go(f.accept)
	return f
}

// stop closes all connections and waits for the goroutines.
func (f *mongoFront) stop() {
	f.mu.Lock()
	f.closed = true
	_ = f.listener.Close()
	for conn := range f.conns {
		_ = conn.Close()
	}
	f.mu.Unlock()
	f.done.Wait()
}

func (f *mongoFront) accept() {
	for {
		conn, err := f.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many open files, usually
			f.log.Warn("embedded MongoDB: accepting a connection failed: trying again", "error", err)
			time.Sleep(50 * time.Millisecond)
		case f.opened(conn):
			f.done.Go(func() {
				defer f.gone(conn)
				if err := f.serve(conn); err != nil {
					f.log.Debug("embedded MongoDB: a connection ended", "error", err)
				}
			})
		}
	}
}

// opened records a connection, so that stop can close it. false: the front has
// stopped, and the connection is closed.
func (f *mongoFront) opened(conn net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		_ = conn.Close()
		return false
	}
	f.conns[conn] = struct{}{}
	return true
}

// gone closes a connection and removes the cursors that it opened.
func (f *mongoFront) gone(conn net.Conn) {
	_ = conn.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, conn)
	for id, c := range f.cursors {
		if c.owner == conn {
			delete(f.cursors, id)
		}
	}
}

// serve answers one client, a message at a time, until it disconnects.
func (f *mongoFront) serve(conn net.Conn) error {
	link, err := net.Dial("tcp", f.backend) //nolint:noctx // FerretDB runs in this process
	if err != nil || !f.opened(link) {
		return errors.Join(err, net.ErrClosed)
	}
	defer f.gone(link)
	client := mongoClient{Conn: conn, link: link, gone: make(chan struct{})}
	requests := make(chan mongoMessage, mongoAhead)
	ended := make(chan struct{})
	defer close(ended)
	var reading error
	f.done.Go(func() {
		defer close(requests)
		defer close(client.gone)
		in := bufio.NewReader(conn)
		for {
			var request mongoMessage
			if request, reading = readMessage(in); reading != nil {
				return
			}
			select {
			case requests <- request:
			case <-ended:
				return
			}
		}
	})
	for request := range requests {
		reply, err := f.answer(client, request)
		if err != nil {
			return err
		}
		if _, err := conn.Write(reply); err != nil {
			return err
		}
	}
	return reading
}

// mongoClient is the connection of a client and the connection to FerretDB that
// serves it. gone closes when the client's connection breaks.
type mongoClient struct {
	net.Conn
	link net.Conn
	gone chan struct{}
}

// left reports whether the client no longer waits for an answer.
func (c mongoClient) left() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// answer returns the reply to one message of a client.
func (f *mongoFront) answer(client mongoClient, request mongoMessage) (mongoMessage, error) {
	if client.left() {
		return nil, net.ErrClosed
	}
	command, isCommand := request.command()
	if !isCommand { // the first hello of a driver
		return f.exchange(client, request)
	}
	switch command.name {
	case "getMore":
		if reply, known := f.more(request, command); known {
			return reply, nil
		}
	case "killCursors":
		return f.kill(request, command), nil
	case "update":
		if statements := command.statements("updates"); len(statements) > 1 {
			return f.updateEach(client, request, command, statements)
		}
	case "find":
		if tailable, _ := command.body.Lookup("tailable").BooleanOK(); tailable {
			return replyTo(request, bson.D{
				{Key: "ok", Value: 0.0},
				{Key: "code", Value: 115},
				{Key: "codeName", Value: "CommandNotSupported"},
				{Key: "errmsg", Value: "the embedded MongoDB has no tailable cursors"},
			}), nil
		}
	}
	return f.query(client, request)
}

// query sends a command to FerretDB. If the reply opens a cursor, query reads the
// cursor to its end before another command may run. For a client that has left,
// query ends the cursor.
func (f *mongoFront) query(client mongoClient, request mongoMessage) (mongoMessage, error) {
	f.atOnce <- struct{}{}
	defer func() { <-f.atOnce }()
	reply, err := f.roundTrip(client, request)
	if err != nil {
		return nil, err
	}
	cursor, open := reply.cursor()
	if !open {
		return reply, nil
	}
	kept := &mongoCursor{owner: client.Conn, namespace: cursor.Namespace}
	for id := cursor.ID; id != 0; {
		if client.left() {
			return f.roundTrip(client, killCursor(id, cursor.Namespace))
		}
		batch, err := f.roundTrip(client, getMore(id, cursor.Namespace))
		if err != nil {
			return nil, err
		}
		next, err := batch.batch()
		if err != nil { // the reply is an error, which the client gets
			return batch.inReplyTo(request), nil
		}
		kept.documents = append(kept.documents, next.NextBatch...)
		id = next.ID
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursors[cursor.ID] = kept
	return reply, nil
}

// exchange sends a message that opens no cursor, and returns the reply.
func (f *mongoFront) exchange(client mongoClient, request mongoMessage) (mongoMessage, error) {
	f.atOnce <- struct{}{}
	defer func() { <-f.atOnce }()
	return f.roundTrip(client, request)
}

// roundTrip sends a message to FerretDB and reads the reply.
func (f *mongoFront) roundTrip(client mongoClient, request mongoMessage) (mongoMessage, error) {
	_ = client.link.SetDeadline(time.Now().Add(mongoPatience))
	_, err := client.link.Write(request)
	if err != nil {
		return nil, err
	}
	reply, err := readMessage(client.link)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		f.log.Error("embedded MongoDB: a command got no answer: its connection is closed; restart the program if this goes on", "waited", mongoPatience)
	}
	return reply, err
}
