//go:build !race

package queue

// games is how many random games each model test plays; see games_race_test.go.
const games = "50"
