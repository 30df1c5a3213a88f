package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/trace"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// observeWithoutTraces is observe as it would be if there were no traces.
func (s *Server) observeWithoutTraces(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := s.newRequestID(r)
		w.Header().Set(requestIDHeader, id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		answer := &answer{ResponseWriter: w}
		defer func() {
			route := routeOf(r.WithContext(ctx))
			s.metrics.duration.WithLabelValues(route, strconv.Itoa(answer.statusOr200())).Observe(time.Since(began).Seconds())
		}()
		s.survive(answer, r.WithContext(ctx), next)
	})
}

// observed makes three handlers of the same requests: with traces on, with traces off,
// and by the code as it would be without traces.
func observed(tb testing.TB) map[string]http.Handler {
	tb.Helper()
	provider := sdk.NewTracerProvider()
	tb.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := func(tracer *trace.Tracer) *Server {
		o := Options{Tracer: tracer}
		o.Logger = slog.New(slog.DiscardHandler)
		return &Server{o: o, log: o.Logger, metrics: newMetrics(nil)}
	}
	return map[string]http.Handler{
		"on":      server(trace.New(provider)).observe(next),
		"off":     server(nil).observe(next),
		"without": server(nil).observeWithoutTraces(next),
	}
}

// serveOnce answers one request.
func serveOnce(h http.Handler) func() {
	r := httptest.NewRequest("GET", "/seasons", nil)
	w := httptest.NewRecorder()
	return func() { h.ServeHTTP(w, r) }
}

// TestTracesThatAreOffCostNoAllocation compares a request with the code as it would be
// without traces.
func TestTracesThatAreOffCostNoAllocation(t *testing.T) {
	handlers := observed(t)
	count := func(name string) float64 { return testing.AllocsPerRun(200, serveOnce(handlers[name])) }
	off, without, on := count("off"), count("without"), count("on")
	if off != without {
		t.Errorf("a request allocates %v times with traces off and %v times without them", off, without)
	}
	if on <= off {
		t.Errorf("a traced request allocates %v times, no more than %v: nothing was traced", on, off)
	}
}

// TestAClientsWordsDoNotStandInASpan: neither a method of its own nor a path without a
// route.
func TestAClientsWordsDoNotStandInASpan(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	o := Options{Tracer: trace.New(provider)}
	o.Logger = slog.New(slog.DiscardHandler)
	handler := (&Server{o: o, log: o.Logger, metrics: newMetrics(nil)}).observe(http.NotFoundHandler())
	for _, method := range []string{"GET", "ANN-BUYS-A-1"} {
		r := httptest.NewRequest(method, "/ann?ann=ann", nil)
		r.Header.Set("X-Request-Id", "ann")
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	all := spans.Ended()
	if len(all) != 2 || all[0].Name() != "GET other" || all[1].Name() != "OTHER other" {
		t.Fatalf("the spans are %v", all)
	}
	for _, span := range all {
		if span.Parent().IsValid() {
			t.Error("a client that is not trusted named the trace")
		}
		for _, a := range span.Attributes() {
			if text := strings.ToLower(a.Value.String()); strings.Contains(text, "ann") {
				t.Errorf("the attribute %s is %q", a.Key, text)
			}
		}
	}
}

func BenchmarkTraces(b *testing.B) {
	handlers := observed(b)
	for _, name := range []string{"without", "off", "on"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			serve := serveOnce(handlers[name])
			for b.Loop() {
				serve()
			}
		})
	}
}
