package app_test

import (
	"testing"

	"usher/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.Overlap(2) // these tests mostly wait: for processes, leases and pages
	testkit.Main(m)
}
