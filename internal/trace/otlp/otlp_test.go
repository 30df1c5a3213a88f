package otlp

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"usher/internal/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, o Options) *Export {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	export, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return export
}

func TestAnEndpointIsAURL(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:4318":             "http://127.0.0.1:4318/v1/traces",
		"https://traces.example/":           "https://traces.example/v1/traces",
		"https://traces.example/otlp/usher": "https://traces.example/otlp/usher",
		"127.0.0.1:4318":                    "",
		"grpc://127.0.0.1:4317":             "",
		"https://user:secret@example":       "",
		"https://example/?key=secret":       "",
	} {
		u, err := target(endpoint)
		switch {
		case want == "" && err == nil:
			t.Errorf("%s is accepted as %s, want an error", endpoint, u)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%s leads to %v (%v), want %s", endpoint, u, err, want)
		}
	}
}

// TestACollectorThatIsAwayIsLoggedOnce: spans of many batches are lost under one warning,
// and ending does not fail.
func TestACollectorThatIsAwayIsLoggedOnce(t *testing.T) {
	var asked atomic.Int64
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer away.Close()
	var text bytes.Buffer
	export := open(t, Options{Endpoint: away.URL, Sample: 1, Logger: slog.New(slog.NewTextHandler(&text, nil))})
	for range 3 {
		_, span := export.Tracer().Serve(t.Context(), "GET", nil)
		span.End(nil)
		if err := export.provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := export.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(text.String(), "sending spans failed"); n != 1 || asked.Load() != 3 {
		t.Errorf("%d warnings after %d batches, want 1 after 3:\n%s", n, asked.Load(), text.String())
	}
}

// TestClosingHasAnEnd: a collector that does not answer keeps a stopping node no longer
// than its context.
func TestClosingHasAnEnd(t *testing.T) {
	silent := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	defer collector.Close()
	defer close(silent)
	export := open(t, Options{Endpoint: collector.URL, Sample: 1})
	_, span := export.Tracer().Serve(t.Context(), "GET", nil)
	span.End(nil)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := export.Close(short); err == nil {
		t.Error("ending without an answer of the collector is no error")
	}
}

// TestTheRatioIsOfNewTraces: with a ratio of 0 only a recorded caller and what a recorded
// trace has left behind are recorded.
func TestTheRatioIsOfNewTraces(t *testing.T) {
	var paths []string
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths = append(paths, r.URL.Path) }))
	defer collector.Close()
	export := open(t, Options{Endpoint: collector.URL})
	defer func() { _ = export.Close(t.Context()) }()
	tracer := export.Tracer()
	const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx, span := tracer.Serve(t.Context(), "GET", nil)
	if trace.ID(ctx) != "" {
		t.Error("a new trace is recorded at the ratio 0")
	}
	span.End(nil)
	ctx, span = tracer.Serve(t.Context(), "GET", http.Header{"Traceparent": {caller}})
	if trace.ID(ctx) == "" {
		t.Error("the trace of a caller who records it is not recorded")
	}
	span.End(nil)
	ctx, span = tracer.Follow(t.Context(), "recovery", caller)
	if trace.ID(ctx) == "" {
		t.Error("what a recorded trace has left behind is not recorded")
	}
	span.End(nil)
	if err := export.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(paths) != 1 || paths[0] != "/v1/traces" {
		t.Errorf("spans were sent to %v, want one batch to /v1/traces", paths)
	}
	if (followers{sdk.NeverSample()}).Description() != sdk.NeverSample().Description() {
		t.Error("the sampler describes itself as another")
	}
}
