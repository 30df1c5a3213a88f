package chaos_test

import (
	"testing"

	"usher/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.Overlap(2) // these tests mostly wait
	testkit.Main(m)
}
