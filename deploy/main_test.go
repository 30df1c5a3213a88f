// Package deploy_test runs what lies in this folder: the proxies' configurations
// with the real programs and two real nodes behind them, the lines of README.md,
// and checks of all that this machine cannot run.
package deploy_test

import (
	"testing"

	"usher/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.Overlap(3) // these tests mostly wait: for programs, heartbeats and reconnects
	testkit.Main(m)
}
