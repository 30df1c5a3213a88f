package crowd_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain does without testkit, whose stores would have to be built before each
// round of fuzzing.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
