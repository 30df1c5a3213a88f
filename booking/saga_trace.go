package booking

import (
	"context"

	"usher/internal/trace"
)

// step runs one step of an order: Options.At before the step, then do, as a span of the
// trace that ctx belongs to. do must not keep its context.
func (b *Booking) step(ctx context.Context, step Step, o *order, do func(context.Context, *order) error) error {
	if err := b.at(step, o); err != nil {
		return err
	}
	return b.traced(ctx, step, o, do)
}

// traced is step for a step that calls Options.At by itself, once for each seat.
func (b *Booking) traced(ctx context.Context, step Step, o *order, do func(context.Context, *order) error) error {
	if !b.o.Tracer.Records(ctx) { // do not build a name that is not used
		return do(ctx, o)
	}
	ctx, span := b.o.Tracer.Start(ctx, "purchase step "+string(step))
	err := do(ctx, o)
	span.End(err)
	return err
}

// traceSaga starts the span of a saga, which ends later than the request that began it.
func (b *Booking) traceSaga(ctx context.Context, name string, o *order) (context.Context, trace.Span) {
	ctx, span := b.o.Tracer.Start(ctx, name)
	describe(span, o)
	return ctx, span
}

// followOrder starts a trace for the recovery of an order or a refund, linked to the
// purchase. Recovery looks at each entry every few seconds, so it has a trace of its own
// only where the purchase was traced.
func (b *Booking) followOrder(ctx context.Context, entry *pendingEntry) (context.Context, trace.Span) {
	name := "purchase recovery"
	if entry.Refund != nil {
		name = "refund recovery"
	}
	ctx, span := b.o.Tracer.Follow(ctx, name, entry.Order.Trace)
	describe(span, &entry.Order)
	return ctx, span
}

// describe notes which order a span belongs to, so that it can be found from a log line.
func describe(span trace.Span, o *order) {
	if !span.Recorded() {
		return
	}
	span.Set("usher.season", o.Season)
	span.Set("usher.transaction", o.ID.Hex())
	span.SetInt("usher.seats", len(o.Seats))
}
