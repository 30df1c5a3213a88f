package trace

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"usher/internal/fault"
)

// Span is one timed piece of work. The zero Span is none, and its methods do nothing.
type Span struct{ span trace.Span }

// Recorded reports whether attributes of the span are kept. Callers ask before they
// compute an attribute.
func (s Span) Recorded() bool { return s.span != nil && s.span.IsRecording() }

// Name replaces the name, for a request whose route is known only after it was served.
func (s Span) Name(name string) {
	if s.Recorded() {
		s.span.SetName(name)
	}
}

// Set sets an attribute. No attribute may name a user or a seat.
func (s Span) Set(key, value string) {
	if s.Recorded() {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// SetInt is Set for a number.
func (s Span) SetInt(key string, value int) {
	if s.Recorded() {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// Fail marks the span as failed, with a word for the kind of failure.
func (s Span) Fail(kind string) {
	if s.Recorded() {
		s.span.SetAttributes(attribute.String("error.type", kind))
		s.span.SetStatus(codes.Error, "")
	}
}

// End ends the span. The text of an error stays out, because it may name users and keys:
// a span has the code of a fault, or the error's type. A refusal, such as seat_taken, is
// an outcome and no failure.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	var known *fault.Error
	switch {
	case err == nil || !s.span.IsRecording():
	case errors.As(err, &known) && known.Code != fault.Internal && known.Code != fault.Unavailable:
		s.Set("usher.code", string(known.Code))
	case known != nil:
		s.Fail(string(known.Code))
	default:
		s.Fail(kindOf(err))
	}
	s.span.End()
}

// kindOf is a word for an error that is no fault.
func kindOf(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return fmt.Sprintf("%T", err)
}
