package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"usher/internal/fault"
)

type requestIDKey struct{}

// requestID returns the id that a request is logged with, "" outside a request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

const (
	requestIDHeader = "X-Request-Id"
	maxRequestID    = 64
)

// newRequestID keeps the id that a trusted proxy set, if the id is safe in a log,
// so that the logs of both can be joined. Otherwise it makes one.
func (s *Server) newRequestID(r *http.Request) string {
	given := r.Header.Get(requestIDHeader)
	if given == "" || len(given) > maxRequestID || !s.trusts(peerOf(r)) {
		return rand.Text()
	}
	for _, c := range []byte(given) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return rand.Text()
		}
	}
	return given
}

// unmatched is the route label of requests outside the route table, so that clients
// cannot create label values.
const unmatched = "other"

// routeOf returns the pattern of the route that serves a request.
func routeOf(r *http.Request) string {
	if routing := chi.RouteContext(r.Context()); routing != nil && routing.RoutePattern() != "" {
		return routing.RoutePattern()
	}
	return unmatched
}

// observe gives each request an id and a span, and measures and logs the request.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := s.newRequestID(r)
		w.Header().Set(requestIDHeader, id)
		ctx, span := s.trace(context.WithValue(r.Context(), requestIDKey{}, id), r, id)
		answer := &answer{ResponseWriter: w}
		defer func() {
			route := routeOf(r.WithContext(ctx))
			took := time.Since(began)
			s.metrics.duration.WithLabelValues(route, strconv.Itoa(answer.statusOr200())).Observe(took.Seconds())
			if s.log.Enabled(ctx, slog.LevelDebug) {
				s.log.DebugContext(ctx, "request", "method", r.Method, "route", route, "status", answer.statusOr200(), "took", took, "request", id)
			}
			endRequest(span, r.Method, route, answer.statusOr200())
		}()
		s.survive(answer, r.WithContext(ctx), next)
	})
}

// survive turns a panic into an internal error. When the answer has already begun,
// the connection is cut, so that a part cannot look like the whole.
func (s *Server) survive(w *answer, r *http.Request, next http.Handler) {
	defer func() {
		caught := recover()
		if caught == nil {
			return
		}
		if caught != http.ErrAbortHandler { //nolint:errorlint // caught is no error, and net/http compares it like this
			s.log.ErrorContext(r.Context(), "request: handler panicked: answering with an internal error", "panic", caught, "request", requestID(r.Context()), "stack", string(debug.Stack()))
			if w.status == 0 {
				writeProblem(w, fault.New(fault.Internal, internalDetail), http.StatusInternalServerError, kinds[fault.Internal].title)
				return
			}
		}
		panic(http.ErrAbortHandler)
	}()
	next.ServeHTTP(w, r)
}

const (
	pieceSize = 64 << 10         // bytes that are written under one deadline
	pieceTime = 15 * time.Second // how long a client may take to read them
)

// answer records the status of a response and cuts off clients that do not read it.
type answer struct {
	http.ResponseWriter
	status int // 0: nothing written yet
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write sets a deadline for each piece instead of one for the whole: a large answer
// to a slow phone may take minutes, but a client that stops reading is cut off
// soon.
func (a *answer) Write(text []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	control := http.NewResponseController(a.ResponseWriter)
	for written := 0; ; {
		// Writers of tests have no deadlines.
		_ = control.SetWriteDeadline(time.Now().Add(pieceTime))
		n, err := a.ResponseWriter.Write(text[written:min(written+pieceSize, len(text))])
		if written += n; err != nil || written == len(text) {
			return written, err
		}
	}
}

// answeredWith notes the status of an answer that does not pass through w, because its
// connection was taken over.
func answeredWith(w http.ResponseWriter, status int) {
	for {
		switch t := w.(type) {
		case *answer:
			t.status = status
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return
		}
	}
}

func (a *answer) statusOr200() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// Unwrap lets http.ResponseController reach the writer below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Hijack hands the connection over to a socket. The status of a successful upgrade
// is written to the connection directly, so it is recorded here.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffers, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil && a.status == 0 {
		a.status = http.StatusSwitchingProtocols
	}
	return connection, buffers, err
}
