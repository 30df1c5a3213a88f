package chaos_test

import (
	"os"
	"slices"
	"testing"

	"usher/internal/chaos"
	"usher/internal/testkit"
)

// byHand are the faults that make test leaves out; make chaos and make soak have them.
var byHand = map[string]string{
	"none":      "the yardstick of the table",
	"clock":     "building a node with another standard library takes a minute",
	"sentinel":  "sentinel-lag has the same failover",
	"stop-node": "a frozen and a killed Redis, and a killed node, ask more of the nodes",
}

// detected are the faults that make test plays with the race detector: those that
// make nodes do several things at once. The others differ in what Redis, MongoDB or
// the network does; the run without the detector, which CI does too, has them all.
var detected = []string{"kill-node", "kill-redis", "stop-redis", "script-flush", "flushall", "lost-replies", "lost-ledger", "cut-off"}

// TestFaults plays the brief form of every fault, and with USHER_SOAK=1 the long form.
func TestFaults(t *testing.T) {
	testkit.Long(t)
	soaking := os.Getenv("USHER_SOAK") != ""
	for _, f := range chaos.Faults() {
		t.Run(f.ID, func(t *testing.T) {
			if why := byHand[f.ID]; why != "" && !soaking {
				t.Skip(why + ": make chaos")
			}
			if testkit.RaceDetector && !soaking && !slices.Contains(detected, f.ID) {
				t.Skip("without the race detector only: make test RACE=")
			}
			t.Parallel()
			var out chaos.Outcome
			chaos.Run(t, f, chaos.Form{Long: soaking, Brief: !soaking}, &out)
			t.Logf("healed after %v (%s), %d requests refused, known losses %v, %v", out.Healed, out.Last, out.Refused, out.Known, out.Notes)
		})
	}
}

// TestValkey plays the faults of several servers on Valkey, where it is installed.
func TestValkey(t *testing.T) {
	for _, f := range chaos.ServerFaults("valkey") {
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			var out chaos.Outcome
			chaos.Run(t, f, chaos.Form{Brief: true}, &out)
		})
	}
}

// TestFaultsAreNamed: ids are unique, and every fault says what it means.
func TestFaultsAreNamed(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, f := range chaos.Faults() {
		if f.ID == "" || f.Name == "" || f.Means == "" || f.Cause == nil || slices.Contains(ids, f.ID) {
			t.Errorf("the fault %q %q is incomplete, or its id is taken", f.ID, f.Name)
		}
		ids = append(ids, f.ID)
	}
}
