// Package seatmap computes with the seats of a season. Read reads a seat plan from CSV,
// New makes the immutable Plan, NewSnapshot makes a Snapshot of all seats at one version,
// Since returns the Delta between two snapshots, and Search finds the best seats.
//
// The package does no I/O. Packages booking and booking/seats store plans and seats.
package seatmap
