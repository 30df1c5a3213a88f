package store

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/event"

	"usher/internal/trace"
)

// redisTraces makes a span of each command that belongs to a recorded trace. A span has
// the command's name only: arguments name users and seats.
type redisTraces struct{ tracer *trace.Tracer }

// traceRedis adds the spans to a client; without a tracer it adds nothing.
func traceRedis(client redis.UniversalClient, tracer *trace.Tracer) redis.UniversalClient {
	if tracer != nil {
		client.AddHook(redisTraces{tracer})
	}
	return client
}

// DialHook implements redis.Hook.
func (redisTraces) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (t redisTraces) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !t.tracer.Records(ctx) {
			return next(ctx, cmd)
		}
		ctx, span := t.tracer.Call(ctx, "redis "+cmd.FullName())
		span.Set("db.system.name", "redis")
		span.Set("db.operation.name", cmd.FullName())
		err := next(ctx, cmd)
		endRedis(span, err)
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (t redisTraces) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if !t.tracer.Records(ctx) {
			return next(ctx, cmds)
		}
		ctx, span := t.tracer.Call(ctx, "redis pipeline")
		span.Set("db.system.name", "redis")
		span.Set("db.operation.name", "pipeline")
		span.SetInt("db.operation.batch.size", len(cmds))
		err := next(ctx, cmds)
		endRedis(span, err)
		return err
	}
}

// endRedis ends the span of a command. That a key does not exist, or that a script is
// not loaded yet, is an answer and no failure.
func endRedis(span trace.Span, err error) {
	if errors.Is(err, redis.Nil) || err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		err = nil
	}
	span.End(err)
}

// mongoTraces makes a span of each command to MongoDB that belongs to a recorded trace,
// with the names of the command and the collection.
type mongoTraces struct {
	tracer  *trace.Tracer
	running sync.Map // mongoCall → trace.Span
}

// mongoCall identifies a command in flight.
type mongoCall struct {
	connection string
	request    int64
}

// monitor returns what the driver calls for each command; nil without a tracer.
func monitorOf(tracer *trace.Tracer) *event.CommandMonitor {
	if tracer == nil {
		return nil
	}
	t := &mongoTraces{tracer: tracer}
	return &event.CommandMonitor{
		Started: t.started,
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) {
			t.finished(&e.CommandFinishedEvent, nil)
		},
		Failed: func(_ context.Context, e *event.CommandFailedEvent) {
			t.finished(&e.CommandFinishedEvent, e.Failure)
		},
	}
}

func (t *mongoTraces) started(ctx context.Context, e *event.CommandStartedEvent) {
	if !t.tracer.Records(ctx) {
		return
	}
	_, span := t.tracer.Call(ctx, "mongo "+e.CommandName)
	span.Set("db.system.name", "mongodb")
	span.Set("db.operation.name", e.CommandName)
	// The command's own field is the collection's name; for getMore it is a number.
	if collection, ok := e.Command.Lookup(e.CommandName).StringValueOK(); ok {
		span.Set("db.collection.name", collection)
	}
	if host, _, err := net.SplitHostPort(hostOf(e.ConnectionID)); err == nil {
		span.Set("server.address", host)
	}
	t.running.Store(mongoCall{e.ConnectionID, e.RequestID}, span)
}

func (t *mongoTraces) finished(e *event.CommandFinishedEvent, err error) {
	if span, ok := t.running.LoadAndDelete(mongoCall{e.ConnectionID, e.RequestID}); ok {
		span.(trace.Span).End(err)
	}
}

// hostOf cuts the counter off a connection's id, as in "host:27017[-5]".
func hostOf(connection string) string {
	for i := range connection {
		if connection[i] == '[' && i > 0 {
			return connection[:i]
		}
	}
	return connection
}
