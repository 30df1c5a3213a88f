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

// requestID returns the id under which a request is logged, "" outside one.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

const (
	requestIDHeader = "X-Request-Id"
	maxRequestID    = 64
)

// newRequestID keeps the id a trusted proxy has given, if it can stand in a log as
// it is, so that both logs can be read together.
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

// unmatched is the route label of everything outside the route table, so that
// no client invents label values.
const unmatched = "other"

// routeOf is the pattern of the route that takes a request.
func routeOf(r *http.Request) string {
	if routing := chi.RouteContext(r.Context()); routing != nil && routing.RoutePattern() != "" {
		return routing.RoutePattern()
	}
	return unmatched
}

// observe names, times, counts and logs each request.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := s.newRequestID(r)
		w.Header().Set(requestIDHeader, id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		answer := &answer{ResponseWriter: w}
		defer func() {
			route := routeOf(r.WithContext(ctx))
			took := time.Since(began)
			s.metrics.duration.WithLabelValues(route, strconv.Itoa(answer.statusOr200())).Observe(took.Seconds())
			if s.log.Enabled(ctx, slog.LevelDebug) {
				s.log.Debug("request", "method", r.Method, "route", route, "status", answer.statusOr200(), "took", took, "request", id)
			}
		}()
		s.survive(answer, r.WithContext(ctx), next)
	})
}

// survive turns a panic into an internal error. Where the answer has begun
// already, the connection is cut: half an answer must not look like a whole one.
func (s *Server) survive(w *answer, r *http.Request, next http.Handler) {
	defer func() {
		caught := recover()
		if caught == nil {
			return
		}
		if caught != http.ErrAbortHandler {
			s.log.Error("handler panicked", "panic", caught, "request", requestID(r.Context()), "stack", string(debug.Stack()))
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
	pieceSize = 64 << 10         // bytes of an answer written under one deadline
	pieceTime = 15 * time.Second // how long a reader may take for them
)

// answer remembers the status of a response and cuts off who does not read it.
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

// Write gives a reader a deadline for each piece, not for the whole: a large
// answer to a slow phone may take minutes, and who does not read is gone soon.
func (a *answer) Write(text []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	control := http.NewResponseController(a.ResponseWriter)
	for written := 0; ; {
		// Not every writer has deadlines: those of tests have none.
		_ = control.SetWriteDeadline(time.Now().Add(pieceTime))
		n, err := a.ResponseWriter.Write(text[written:min(written+pieceSize, len(text))])
		if written += n; err != nil || written == len(text) {
			return written, err
		}
	}
}

func (a *answer) statusOr200() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// Unwrap lets http.ResponseController reach what lies below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Hijack hands the connection to the socket. From there on it is no answer of
// ours, but an upgrade that went well is written past this type, so it is noted
// here.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffers, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil && a.status == 0 {
		a.status = http.StatusSwitchingProtocols
	}
	return connection, buffers, err
}
