// Package otlp sends the spans of package trace to a collector by OTLP over HTTP
// (protobuf). Spans wait in a bounded queue and are sent in batches; a collector that
// does not answer loses them, delays nothing, and is logged once a minute.
//
// Entry points: [Check], [Open].
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"usher/internal/trace"
)

// sendTime is the time-out of one batch.
const sendTime = 5 * time.Second

// Options says where spans go, and how many.
type Options struct {
	Endpoint string  // URL of the collector; without a path, /v1/traces is meant
	Sample   float64 // the share of new traces that is recorded, 0 to 1
	Node     string  // this node's id
	Version  string  // of the program; "" is unknown
	Logger   *slog.Logger
}

// Export records spans and sends them until Close.
type Export struct {
	provider  *sdk.TracerProvider
	transport *http.Transport
}

// Check returns what is wrong with an endpoint, nil for a good one.
func Check(endpoint string) error {
	_, err := target(endpoint)
	return err
}

// target is the URL that spans are sent to.
func target(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("is not an http or https URL, such as http://127.0.0.1:4318")
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("has a user, a query or a fragment: give a collector's headers as OTEL_EXPORTER_OTLP_HEADERS")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u, nil
}

// Open begins to record. It does not connect: the collector may start later.
func Open(o Options) (*Export, error) {
	to, err := target(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("OTLP endpoint %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	client, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpointURL(to.String()),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: transport, Timeout: sendTime}),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		// The next batch is the next attempt: a queue of repeats would only grow.
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	if err != nil {
		return nil, fmt.Errorf("OTLP endpoint: %w", err)
	}
	about := []attribute.KeyValue{
		attribute.String("service.name", "usher"), attribute.String("service.instance.id", o.Node),
	}
	if o.Version != "" {
		about = append(about, attribute.String("service.version", o.Version))
	}
	return &Export{
		transport: transport,
		provider: sdk.NewTracerProvider(
			sdk.WithBatcher(&sender{next: client, log: o.Logger}, sdk.WithExportTimeout(sendTime)),
			sdk.WithResource(resource.NewSchemaless(about...)),
			sdk.WithSampler(sdk.ParentBased(followers{sdk.TraceIDRatioBased(o.Sample)}))),
	}, nil
}

// Tracer returns the tracer whose spans are sent.
func (e *Export) Tracer() *trace.Tracer { return trace.New(e.provider) }

// Close sends what waits, for as long as ctx allows, and ends. Spans that end later are
// dropped.
func (e *Export) Close(ctx context.Context) error {
	err := e.provider.Shutdown(ctx)
	e.transport.CloseIdleConnections()
	return err
}

// followers samples the work that a recorded trace has left behind always, and other new
// traces by their ratio: a purchase that is recorded is recorded to its end.
type followers struct{ sdk.Sampler }

// ShouldSample implements sdk.Sampler.
func (f followers) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	for _, link := range p.Links {
		if link.SpanContext.IsSampled() {
			return sdk.AlwaysSample().ShouldSample(p)
		}
	}
	return f.Sampler.ShouldSample(p)
}
