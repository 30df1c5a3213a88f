package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/testkit/node"
)

// collector receives spans as an OpenTelemetry collector does.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*spans.Span
	about string // the resource of the last batch
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text io.Reader = r.Body
		var err error
		if r.Header.Get("Content-Encoding") == "gzip" {
			text, err = gzip.NewReader(r.Body)
		}
		var body []byte
		if err == nil {
			body, err = io.ReadAll(text)
		}
		var batch collect.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("a batch to %s cannot be read: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, of := range batch.ResourceSpans {
			c.about = of.Resource.String()
			for _, scope := range of.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// named returns the spans of a name.
func (c *collector) named(name string) (found []*spans.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// syncBuffer is a log that a node writes and a test reads.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestAPurchaseIsOneTrace: the request on the socket, the saga's steps and their commands
// to Redis and MongoDB are one trace, without a user, a seat or a key in it.
func TestAPurchaseIsOneTrace(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	log := &syncBuffer{}
	n := node.Start(t, node.Options{Change: func(o *app.Options) {
		o.OTLPEndpoint, o.OTLPSample = c.URL, 1
		o.TrustedProxies = []string{"127.0.0.0/8"}
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}})
	fan := n.SignIn(t, "Traced Fan")
	fan.Do("POST", "/waitingList/enter", nil, 200)
	socket := fan.Open()
	seats := []string{"A-1", "A-2"}
	hold := socket.Ask(map[string]any{"type": "hold", "best": map[string]any{"count": 2}})
	seats = seats[:0]
	for _, seat := range hold.At("cart.seats").([]any) {
		seats = append(seats, seat.(map[string]any)["seatNumber"].(string))
	}
	bought := socket.Buy("k", seats, map[string]any{"method": "sandbox", "token": "tok_ok"})
	if bought.At("transaction.status") != "completed" {
		t.Fatalf("the purchase ended as %v", bought)
	}
	const caller = "0af7651916cd43dd8448eb211c80319c"
	fan.Do("GET", "/transactions", nil, 200, "traceparent", "00-"+caller+"-b7ad6b7169203331-01")
	fan.Do("GET", "/transactions/ffffffffffffffffffffffff", nil, 404)
	socket.Close()
	n.Stop() // sends the last spans

	requests := c.named("socket purchase")
	if len(requests) != 1 {
		t.Fatalf("%d spans of the request, want 1", len(requests))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	byID, children := map[string]*spans.Span{}, map[string][]*spans.Span{}
	for _, span := range c.spans {
		if bytes.Equal(span.TraceId, requests[0].TraceId) {
			byID[string(span.SpanId)] = span
			children[string(span.ParentSpanId)] = append(children[string(span.ParentSpanId)], span)
		}
	}
	child := func(of *spans.Span, name string) *spans.Span {
		t.Helper()
		var names []string
		for _, span := range children[string(of.SpanId)] {
			if span.Name == name {
				return span
			}
			names = append(names, span.Name)
		}
		t.Errorf("%s has no child %q, only %q", of.Name, name, names)
		return &spans.Span{}
	}
	saga := child(requests[0], "purchase")
	for step, commands := range map[booking.Step][]string{
		booking.StepEnter: {"mongo insert"}, booking.StepBegin: {"mongo insert"}, booking.StepPin: {"redis evalsha"}, booking.StepClaim: {"mongo insert"},
		booking.StepTake: {"redis evalsha"}, booking.StepCharge: nil, booking.StepDecide: {"mongo insert"}, booking.StepTicket: {"mongo insert"},
		booking.StepBook: {"mongo update"}, booking.StepComplete: {"mongo update"}, booking.StepMark: {"redis evalsha"}, booking.StepRecord: nil,
		booking.StepLeave: {"mongo delete"},
	} {
		span := child(saga, "purchase step "+string(step))
		for _, command := range commands {
			child(span, command)
		}
	}
	for _, span := range byID {
		if span.EndTimeUnixNano < span.StartTimeUnixNano || len(span.ParentSpanId) > 0 && byID[string(span.ParentSpanId)] == nil {
			t.Errorf("%s ends before it begins, or its parent is missing", span.Name)
		}
	}
	secret := append([]string{fan.ID, fan.Name, fan.Token, "@usher.test"}, seats...)
	routes := map[string]string{}
	for _, span := range c.spans {
		text := span.String()
		for _, one := range secret {
			if strings.Contains(text, fmt.Sprintf("%q", one)) || one != "" && len(one) > 8 && strings.Contains(text, one) {
				t.Errorf("a span names %q: %s", one, text)
			}
		}
		routes[span.Name] = hex.EncodeToString(span.TraceId)
	}
	if routes["GET /transactions"] != caller {
		t.Errorf("the trace of a trusted caller is %q, want %q", routes["GET /transactions"], caller)
	}
	if routes["GET /transactions/{id}"] == "" || routes["POST /waitingList/enter"] == "" {
		t.Errorf("requests are named %q, want their routes", slices.Collect(func(yield func(string) bool) {
			for name := range routes {
				if strings.Contains(name, "/") && !yield(name) {
					return
				}
			}
		}))
	}
	if line := "trace=" + routes["GET /transactions/{id}"]; !strings.Contains(log.String(), line) {
		t.Errorf("no log line has %q", line)
	}
	if !strings.Contains(c.about, "service.name") || !strings.Contains(c.about, "service.instance.id") {
		t.Errorf("the spans come from %q, want a service and a node", c.about)
	}
}

// TestACallerWhoIsNotTrustedNamesNoTrace: anyone could have every request recorded.
func TestACallerWhoIsNotTrustedNamesNoTrace(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	n := node.Start(t, node.Options{Change: func(o *app.Options) { o.OTLPEndpoint, o.OTLPSample = c.URL, 0 }})
	fan := n.SignIn(t, "Stranger")
	fan.Do("GET", "/transactions", nil, 200, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	n.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spans) > 0 {
		t.Errorf("%d spans were sent at the ratio 0, want none: %v", len(c.spans), c.spans[0])
	}
}
