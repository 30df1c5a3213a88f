package app

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"usher/internal/trace"
	"usher/internal/trace/otlp"
)

// flushTime is how long a stopping node tries to send its last spans.
const flushTime = 2 * time.Second

// traces are the export of a node's traces; nil when traces are off.
type traces struct {
	export  *otlp.Export
	made    *trace.Tracer
	closing sync.Once
}

// openTraces begins to trace if there is an endpoint. From then on the node's log names
// the trace of each line that is logged for a traced request.
func (a *App) openTraces() error {
	if a.o.OTLPEndpoint == "" {
		return nil
	}
	export, err := otlp.Open(otlp.Options{
		Endpoint: a.o.OTLPEndpoint, Sample: a.o.OTLPSample, Node: a.node, Version: buildVersion(), Logger: a.logger("traces"),
	})
	if err != nil {
		return err
	}
	a.traces = &traces{export: export, made: export.Tracer()}
	a.log = slog.New(trace.Handler(a.log.Handler()))
	return nil
}

func (t *traces) tracer() *trace.Tracer {
	if t == nil {
		return nil
	}
	return t.made
}

// close sends the last spans, within flushTime.
func (t *traces) close(log *slog.Logger) {
	if t == nil {
		return
	}
	t.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		if err := t.export.Close(ctx); err != nil {
			log.Warn("traces: the last spans could not be sent in time: they are lost", "error", err)
		}
	})
}

// buildVersion is the module's version that the program was built from, "" if unknown.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}
