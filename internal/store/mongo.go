package store

// This file uses packages that the driver marks as internal (SA1019): it offers no
// public way to refuse an operation before a server is selected. Its version is
// pinned, and breaker_test.go fails if this changes.

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/session"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/xoptions"

	"usher/internal/trace"
)

const (
	mongoTimeout = 4 * time.Second // of one operation; without it a dead server costs 30 s a call
	mongoPool    = 100             // the most connections, which is the driver's default
)

func openMongo(url, database string, log *slog.Logger, tracer *trace.Tracer) (*mongo.Database, error) {
	durable := writeconcern.Majority()
	journal := true
	durable.Journal = &journal
	link := newMongoLink()
	o := options.Client().
		ApplyURI(url).
		SetTimeout(mongoTimeout).
		SetWriteConcern(durable).
		SetAppName("usher").
		SetDialer(link).
		SetMonitor(monitorOf(tracer)).
		SetLoggerOptions(options.Logger().SetSink(mongoLog{log.With("component", "mongo-driver")}))
	if o.MaxPoolSize == nil {
		o.SetMaxPoolSize(mongoPool)
	}
	err := o.Validate()
	if err == nil {
		err = link.watch(o)
	}
	if err != nil {
		return nil, fmt.Errorf("mongo URL %w", unreadable(url, err))
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("mongo URL %w", unreadable(url, err))
	}
	return client.Database(database), nil
}

// mongoLink connects the driver to its servers: it dials, and selects a server for
// every operation.
type mongoLink struct {
	*topology.Topology
	breakers  *breakers
	selection *breaker // open while no server can be selected
}

func newMongoLink() *mongoLink {
	l := &mongoLink{breakers: newBreakers("mongo"), selection: newBreaker("mongo")}
	l.breakers.above = l.selection
	return l
}

// watch makes the client of the options o use the link.
func (l *mongoLink) watch(o *options.ClientOptions) error {
	config, err := topology.NewConfig(o, new(session.ClusterClock))
	if err != nil {
		return err
	}
	if l.Topology, err = topology.New(config); err != nil {
		return err
	}
	return xoptions.SetInternalClientOptions(o, "deployment", driver.Deployment(l))
}

// DialContext implements options.ContextDialer.
func (l *mongoLink) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return l.breakers.of(address).dial(ctx, (&net.Dialer{}).DialContext, network, address)
}

// SelectServer implements driver.Deployment.
func (l *mongoLink) SelectServer(ctx context.Context, selector description.ServerSelector) (driver.Server, error) {
	ctx, err := l.admit(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	server, err := l.Topology.SelectServer(ctx, selector)
	if err != nil {
		if ctx.Err() != nil {
			l.selection.miss(began)
		}
		return nil, err
	}
	return server, nil
}

// admit refuses an operation while no server answers.
func (l *mongoLink) admit(ctx context.Context) (context.Context, error) {
	ctx, refused := l.selection.admit(ctx)
	if refused != nil {
		return nil, refused
	}
	for _, b := range l.breakers.all() {
		admitted, err := b.admit(ctx)
		if err == nil {
			return admitted, nil
		}
		refused = err
	}
	return ctx, refused
}

// mongoLog is the log of the driver, which is silent unless the environment says
// otherwise (MONGODB_LOG_ALL=debug).
type mongoLog struct{ log *slog.Logger }

// Info implements options.LogSink.
func (l mongoLog) Info(level int, message string, pairs ...any) {
	if level > int(options.LogLevelInfo) {
		l.log.Debug(message, pairs...)
		return
	}
	l.log.Info(message, pairs...)
}

// Error implements options.LogSink.
func (l mongoLog) Error(err error, message string, pairs ...any) {
	l.log.Error(message, append(pairs, "error", err)...)
}
