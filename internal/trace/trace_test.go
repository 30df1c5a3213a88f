package trace_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"usher/internal/fault"
	"usher/internal/trace"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// recorded makes a tracer and what it has recorded.
func recorded(t *testing.T, sampler sdk.Sampler) (*trace.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans), sdk.WithSampler(sampler))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return trace.New(provider), spans
}

// TestWithoutATracerNothingIsAllocated: traces that are off cost a comparison.
func TestWithoutATracerNothingIsAllocated(t *testing.T) {
	var off *trace.Tracer
	ctx := t.Context()
	header := http.Header{"Traceparent": {traceparent}}
	failed := errors.New("a failure")
	if n := testing.AllocsPerRun(100, func() {
		ctx, request := off.Serve(ctx, "GET", header)
		request.Set("usher.request_id", "r")
		ctx, step := off.Start(ctx, "step")
		ctx, call := off.Call(ctx, "call")
		_, left := off.Follow(trace.Carry(ctx, ctx), "recovery", "")
		if off.Records(ctx) || trace.ID(ctx) != "" || trace.Parent(ctx) != "" {
			t.Error("without a tracer there is a trace")
		}
		request.Name("GET /")
		call.End(failed)
		step.End(failed)
		left.End(nil)
		request.End(nil)
	}); n != 0 {
		t.Errorf("a request without traces allocates %v times, want 0", n)
	}
}

func TestACallerWhoIsTrustedNamesTheTrace(t *testing.T) {
	tracer, spans := recorded(t, sdk.ParentBased(sdk.NeverSample()))
	ctx, span := tracer.Serve(t.Context(), "GET", http.Header{"Traceparent": {traceparent}})
	if got, want := trace.ID(ctx), "0af7651916cd43dd8448eb211c80319c"; got != want {
		t.Errorf("the trace is %q, want the caller's %q", got, want)
	}
	span.End(nil)
	ctx, span = tracer.Serve(t.Context(), "GET", nil)
	if got := trace.ID(ctx); got != "" {
		t.Errorf("a request that is not sampled has the trace %q, want none", got)
	}
	_, step := tracer.Start(ctx, "step")
	step.End(nil)
	span.End(nil)
	if n := len(spans.Ended()); n != 1 {
		t.Errorf("%d spans were recorded, want the caller's 1", n)
	}
}

func TestWorkOfABackgroundLoopIsNotTraced(t *testing.T) {
	tracer, spans := recorded(t, sdk.AlwaysSample())
	_, step := tracer.Start(t.Context(), "step")
	_, call := tracer.Call(t.Context(), "redis get")
	call.End(nil)
	step.End(nil)
	if n := len(spans.Started()); n != 0 {
		t.Errorf("%d spans began without a request, want 0", n)
	}
}

func TestWhatAPurchaseLeavesBehindIsLinkedToIt(t *testing.T) {
	tracer, spans := recorded(t, sdk.AlwaysSample())
	ctx, span := tracer.Serve(t.Context(), "POST", nil)
	parent := trace.Parent(ctx)
	span.End(nil)
	_, later := tracer.Follow(t.Context(), "recovery", parent)
	later.End(nil)
	for _, text := range []string{"", "nonsense", strings.TrimSuffix(parent, "01") + "00"} {
		_, none := tracer.Follow(t.Context(), "recovery", text)
		none.End(nil)
	}
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans were recorded, want the request and its recovery", len(ended))
	}
	request, recovery := ended[0].SpanContext(), ended[1]
	links := recovery.Links()
	if len(links) != 1 || links[0].SpanContext.SpanID() != request.SpanID() || links[0].SpanContext.TraceID() != request.TraceID() {
		t.Errorf("the recovery links to %v, want the request %v", links, request)
	}
	if recovery.SpanContext().TraceID() == request.TraceID() || recovery.Parent().IsValid() {
		t.Error("the recovery belongs to the request's trace, want one of its own")
	}
}

// TestAnErrorsTextStaysOut: it may name a user.
func TestAnErrorsTextStaysOut(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		status codes.Code
		said   string // the attribute's value
	}{
		{"no error", nil, codes.Unset, ""},
		{"a refusal", fault.New(fault.SeatTaken, "A-1 is taken by ann"), codes.Unset, "seat_taken"},
		{"an outage", fault.New(fault.Unavailable, "ann has to wait"), codes.Error, "unavailable"},
		{"a time-out", context.DeadlineExceeded, codes.Error, "timeout"},
		{"any other", errors.New("ann"), codes.Error, "*errors.errorString"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tracer, spans := recorded(t, sdk.AlwaysSample())
			_, span := tracer.Serve(t.Context(), "POST", nil)
			span.End(test.err)
			ended := spans.Ended()[0]
			said := ""
			for _, a := range ended.Attributes() {
				said += a.Value.AsString()
			}
			if ended.Status().Code != test.status || ended.Status().Description != "" || said != test.said || len(ended.Events()) > 0 {
				t.Errorf("status %v %q, attributes %q, %d events; want %v, %q", ended.Status().Code, ended.Status().Description, said, len(ended.Events()), test.status, test.said)
			}
		})
	}
}

func TestALogLineNamesItsTrace(t *testing.T) {
	tracer, _ := recorded(t, sdk.AlwaysSample())
	var text bytes.Buffer
	log := slog.New(trace.Handler(slog.NewTextHandler(&text, nil))).With("component", "web").WithGroup("more")
	ctx, span := tracer.Serve(t.Context(), "GET", nil)
	defer span.End(nil)
	log.InfoContext(ctx, "inside")
	log.InfoContext(t.Context(), "outside")
	inside, outside, _ := strings.Cut(text.String(), "\n")
	if !strings.Contains(inside, "trace="+trace.ID(ctx)) || !strings.Contains(inside, "component=web") {
		t.Errorf("the line of a request is %q, want its trace %s", inside, trace.ID(ctx))
	}
	if strings.Contains(outside, "trace") {
		t.Errorf("the line outside a request is %q, want no trace", outside)
	}
}
