package otlp

import (
	"context"
	"log/slog"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// warnEvery is how often lost spans are logged.
const warnEvery = time.Minute

// sender sends batches and logs what was lost. It returns no error: the SDK would pass
// an error to a handler that belongs to the whole process. The SDK calls it one at a
// time.
type sender struct {
	next sdk.SpanExporter
	log  *slog.Logger

	lost   int // spans since the last warning
	warned time.Time
}

// ExportSpans implements sdk.SpanExporter.
func (s *sender) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := s.next.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	s.lost += len(spans)
	if now := time.Now(); now.Sub(s.warned) >= warnEvery {
		s.log.Warn("traces: sending spans failed: they are lost, and the next ones are tried", "spans", s.lost, "error", err)
		s.lost, s.warned = 0, now
	}
	return nil
}

// Shutdown implements sdk.SpanExporter.
func (s *sender) Shutdown(ctx context.Context) error { return s.next.Shutdown(ctx) }
