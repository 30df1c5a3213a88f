package testkit

import "testing"

// A benchmark says beside what limit its figures stand by metrics whose unit ends
// in "-of-limit": the share of the limit that is used up, so that 1 or less is
// within it. make bench lists them all at its end.

// AtMost reports a figure that must not pass a limit.
func AtMost(b *testing.B, what string, figure, limit float64) {
	b.Helper()
	b.ReportMetric(figure/limit, what+"-of-limit")
}

// AtLeast reports a figure that must reach a goal.
func AtLeast(b *testing.B, what string, figure, goal float64) {
	b.Helper()
	b.ReportMetric(goal/figure, what+"-of-limit")
}
