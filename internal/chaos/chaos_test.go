package chaos_test

import (
	"os"
	"slices"
	"testing"

	"usher/internal/chaos"
	"usher/internal/testkit"
)

// inTests are the faults that make test plays: those that make nodes do several things
// at once. make chaos and make soak play all of them; two cores that run other packages
// beside them would take too long.
var inTests = []string{"kill-node", "stop-redis", "script-flush", "flushall", "lost-replies", "lost-ledger", "cut-off"}

// TestFaults plays the brief form of some faults, and with USHER_SOAK=1 the long form of all.
func TestFaults(t *testing.T) {
	testkit.Long(t)
	soaking := os.Getenv("USHER_SOAK") != ""
	for _, f := range chaos.Faults() {
		t.Run(f.ID, func(t *testing.T) {
			if !soaking && !slices.Contains(inTests, f.ID) {
				t.Skip("make chaos")
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
