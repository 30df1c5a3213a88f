//go:build race

package queue

// games is how many random games each model test plays. One goroutine acts in a game, so
// the race detector makes it five times slower and finds nothing: most are played without.
const games = "10"
