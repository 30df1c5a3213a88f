// Package trace makes the spans of OpenTelemetry traces. A nil *[Tracer] makes none:
// its methods return what they were given and allocate nothing, so that callers need
// no condition. Package internal/trace/otlp sends spans to a collector; this package
// links neither the SDK nor an exporter.
//
// A span begins a trace (Serve, Follow) or belongs to a span that is recorded (Start,
// Call). Work of a background loop belongs to no span, so it is not traced.
//
// Entry points: [New], [Tracer.Serve], [Tracer.Start], [Carry], [Handler].
package trace

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Tracer starts spans. Nil starts none. Safe for concurrent use.
type Tracer struct {
	tracer trace.Tracer
	header propagation.TraceContext
}

// New returns a tracer whose spans a provider records.
func New(provider trace.TracerProvider) *Tracer {
	return &Tracer{tracer: provider.Tracer("usher")}
}

// Serve starts the span of a request from outside. header may name the caller's span
// (traceparent of W3C Trace Context), which then decides whether the span is recorded;
// give nil where the caller is not trusted.
func (t *Tracer) Serve(ctx context.Context, name string, header http.Header) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	if header != nil {
		ctx = t.header.Extract(ctx, propagation.HeaderCarrier(header))
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{span}
}

// Start starts the span of a step inside this process. Without a recorded span in ctx
// there is none.
func (t *Tracer) Start(ctx context.Context, name string) (context.Context, Span) {
	if !t.Records(ctx) {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, Span{span}
}

// Call is Start for a call to another program.
func (t *Tracer) Call(ctx context.Context, name string) (context.Context, Span) {
	if !t.Records(ctx) {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, Span{span}
}

// Follow starts a trace of its own for work that another span has left behind, with a
// link to that span. parent is the text of [Parent]; without one there is no span.
func (t *Tracer) Follow(ctx context.Context, name, parent string) (context.Context, Span) {
	if t == nil || parent == "" {
		return ctx, Span{}
	}
	carrier := propagation.MapCarrier{"traceparent": parent}
	left := trace.SpanContextFromContext(t.header.Extract(context.Background(), carrier))
	if !left.IsSampled() {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: left}))
	return ctx, Span{span}
}

// Records reports whether the span of ctx is recorded.
func (t *Tracer) Records(ctx context.Context) bool {
	return t != nil && trace.SpanFromContext(ctx).IsRecording()
}

// Carry returns ctx with the span of another context: work that outlives a request, or
// has a deadline of its own, still belongs to the request's trace.
func Carry(ctx, from context.Context) context.Context {
	span := trace.SpanFromContext(from)
	if !span.SpanContext().IsValid() {
		return ctx
	}
	return trace.ContextWithSpan(ctx, span)
}

// Parent returns the traceparent of the recorded span of ctx, to store it for Follow; ""
// when there is none.
func Parent(ctx context.Context) string {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// ID returns the id of the trace that ctx belongs to, as 32 hexadecimal digits, "" when
// the trace is not recorded.
func ID(ctx context.Context) string {
	if ctx == nil {
		return ""
	}
	here := trace.SpanContextFromContext(ctx)
	if !here.IsSampled() {
		return ""
	}
	return here.TraceID().String()
}
