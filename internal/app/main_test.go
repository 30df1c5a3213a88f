package app_test

import (
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/conform"
)

func TestMain(m *testing.M) {
	testkit.Overlap(2) // these tests mostly wait: for processes, leases and pages
	testkit.Main(m, conform.Watch())
}
