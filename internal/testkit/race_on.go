//go:build race

package testkit

// RaceDetector reports whether the tests run with the race detector.
const RaceDetector = true
