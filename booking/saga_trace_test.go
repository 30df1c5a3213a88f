package booking

import (
	"context"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"usher/booking/payment"
	"usher/internal/trace"
)

// TestTheRecoveryOfATracedPurchaseLinksToIt: another node recovers the order in a trace of
// its own, which names the span of the purchase that was left.
func TestTheRecoveryOfATracedPurchaseLinksToIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	tracer := trace.New(provider)
	dead := &crash{}
	mortal := s.node(func(o *Options) { o.At, o.Tracer = dead.at, tracer })
	other := s.node(func(o *Options) { o.Tracer = tracer })

	traced, plain := s.fan(), s.fan()
	s.hold(mortal, traced, "A-1")
	s.hold(mortal, plain, "A-2")
	dead.kill(StepDecide, 1)
	ctx, request := tracer.Serve(s.ctx, "POST", nil)
	if _, err := mortal.Buy(ctx, s.request(traced, "k", payment.TokenOK, "A-1")); err == nil {
		t.Fatal("the purchase did not stop before its decision")
	}
	request.End(nil)
	dead.kill(StepDecide, 1)
	if _, err := mortal.Buy(s.ctx, s.request(plain, "k", payment.TokenOK, "A-2")); err == nil {
		t.Fatal("the purchase did not stop before its decision")
	}
	mortal.purchases.wg.Wait()
	s.recover(other)

	named := map[string][]sdk.ReadOnlySpan{}
	for _, span := range spans.Ended() {
		named[span.Name()] = append(named[span.Name()], span)
	}
	if len(named["purchase"]) != 1 || len(named["purchase recovery"]) != 1 {
		t.Fatalf("%d purchases and %d recoveries are traced, want 1 of each: the other purchase was not traced", len(named["purchase"]), len(named["purchase recovery"]))
	}
	purchase, recovery := named["purchase"][0], named["purchase recovery"][0]
	if links := recovery.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != purchase.SpanContext().SpanID() {
		t.Errorf("the recovery links to %v, want the purchase %v", links, purchase.SpanContext())
	}
	for _, step := range []Step{StepDecide, StepTicket, StepComplete, StepLeave} {
		steps := named["purchase step "+string(step)]
		if len(steps) != 1 || steps[0].SpanContext().TraceID() != recovery.SpanContext().TraceID() {
			t.Errorf("step %s is traced %d times, want once, in the recovery's trace", step, len(steps))
		}
	}
	s.wantClean(other)
}

// TestAStepThatIsNotTracedAllocatesNothing: traces that are off cost a purchase nothing.
func TestAStepThatIsNotTracedAllocatesNothing(t *testing.T) {
	b, o := &Booking{}, &order{}
	ran := 0
	if n := testing.AllocsPerRun(100, func() {
		_ = b.step(t.Context(), StepPin, o, func(context.Context, *order) error { ran++; return nil })
	}); n != 0 || ran == 0 {
		t.Errorf("a step allocates %v times and ran %d times, want 0 allocations", n, ran)
	}
}
