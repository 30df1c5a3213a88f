package app_test

import (
	"log/slog"
	"strings"
	"testing"

	"usher/internal/app"
	"usher/internal/testkit/node"
)

// TestTheLogNamesTheBoundAddress: two nodes behind one public URL log the same URL, so
// the line that says that a node serves names its own address too. A node that stops
// without an error logs none.
func TestTheLogNamesTheBoundAddress(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	n := node.Start(t, node.Options{Change: func(o *app.Options) {
		o.Logger = slog.New(slog.NewTextHandler(log, nil))
	}})
	n.Stop()
	var serves, stopped bool
	for line := range strings.Lines(log.String()) {
		serves = serves || strings.Contains(line, "listening on http://") && strings.Contains(line, " address=127.0.0.1:")
		stopped = stopped || strings.HasSuffix(line, " msg=stopped component=app\n")
	}
	if !serves || !stopped {
		t.Errorf("serves with its address: %v, stopped without an error: %v, in the log:\n%s", serves, stopped, log)
	}
}
