package web

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/web/language"
)

// codes reads every fault code, with the status in its comment, from the source
// file that declares the codes.
func codes(t *testing.T) map[fault.Code]int {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/fault/fault.go", nil, parser.ParseComments)
	must(t, err)
	found := map[fault.Code]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Comment == nil {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		must(t, err)
		status, err := strconv.Atoi(strings.TrimSpace(spec.Comment.Text()))
		must(t, err)
		found[fault.Code(text)] = status
		return true
	})
	return found
}

func TestEveryFaultHasItsStatusAndTitle(t *testing.T) {
	t.Parallel()
	declared := codes(t)
	if len(declared) < 23 {
		t.Fatalf("only %d codes were found in the source", len(declared))
	}
	for code, status := range declared {
		if got := kinds[code]; got.status != status || got.title == "" {
			t.Errorf("%s: got %d %q, want %d and a title", code, got.status, got.title, status)
		}
		if page := language.All()[0].Texts().Say("problem.title." + string(code)); page != kinds[code].title {
			t.Errorf("%s: the page's title is %q, the problem's %q", code, page, kinds[code].title)
		}
	}
	for code := range kinds {
		if _, known := declared[code]; !known {
			t.Errorf("%s is not declared in package fault", code)
		}
	}
}

func TestProblemsHaveTheFieldsClientsNeed(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	cases := map[string]struct {
		err     error
		status  int
		headers map[string]string
		body    string
	}{
		"taken seats": {
			fault.Seats(fault.SeatTaken, []string{"A-1"}, "one is taken"), http.StatusConflict, nil,
			`{"type":"/docs/problems#seat_taken","title":"A seat is taken","status":409,"detail":"one is taken","code":"seat_taken","seats":["A-1"]}`,
		},
		"rows of a file": {
			&fault.Error{Code: fault.InvalidRequest, Detail: "bad", Rows: []fault.Row{{Line: 2, Column: 1, Problem: "empty"}}}, http.StatusBadRequest, nil,
			`{"type":"/docs/problems#invalid_request","title":"The request is not valid","status":400,"detail":"bad","code":"invalid_request","errors":[{"line":2,"column":1,"problem":"empty"}]}`,
		},
		"a store is away": {
			fault.New(fault.Unavailable, "away"), http.StatusServiceUnavailable,
			map[string]string{"Retry-After": "1"},
			`{"type":"/docs/problems#unavailable","title":"Not available at the moment","status":503,"detail":"away","code":"unavailable"}`,
		},
		"no session": {
			fault.New(fault.Unauthenticated, "who"), http.StatusUnauthorized,
			map[string]string{"WWW-Authenticate": `Bearer realm="usher"`},
			`{"type":"/docs/problems#unauthenticated","title":"Not signed in","status":401,"detail":"who","code":"unauthenticated"}`,
		},
		"an unknown error hides its text": {
			errors.New("dial 10.0.0.7: password wrong"), http.StatusInternalServerError, nil,
			`{"type":"/docs/problems#internal","title":"Internal error","status":500,"detail":"an internal error occurred and was logged","code":"internal"}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			s.fail(w, httptest.NewRequest("GET", "/", nil), c.err)
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, c.status, c.body)
			}
			for header, want := range c.headers {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestUnknownErrorsAreLoggedOnceAndFaultsAreNot(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	s.faultOf(context.Background(), fault.New(fault.SeatTaken, "taken"))
	if n := s.log.count(); n != 0 {
		t.Fatalf("a client's mistake was logged %d times as a server error", n)
	}
	if got := s.faultOf(context.Background(), errors.New("boom")); got.Code != fault.Internal {
		t.Fatalf("got %v", got)
	}
	if n := s.log.count(); n != 1 {
		t.Fatalf("an unknown error was logged %d times, want once", n)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	s.faultOf(gone, fault.New(fault.Unavailable, "cut off"))
	if n := s.log.count(); n != 1 {
		t.Fatal("a cancelled request was logged as a store that does not answer")
	}
}

// TestAnUnavailableStoreIsLoggedOnce: while a store does not answer, requests do not
// write a log line each. Bugs are logged each time.
func TestAnUnavailableStoreIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 200 {
		if f := s.faultOf(context.Background(), fault.New(fault.Unavailable, "away")); f.Code != fault.Unavailable {
			t.Fatal(f)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("200 requests without a store wrote %d lines, want 1", lines)
	}
	log.Reset()
	for range 3 {
		s.faultOf(context.Background(), errors.New("a bug"))
	}
	if lines := strings.Count(log.String(), "\n"); lines != 3 {
		t.Errorf("3 bugs wrote %d lines", lines)
	}
}
