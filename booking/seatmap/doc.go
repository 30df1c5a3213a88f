// Package seatmap is the seats of a season without their store: Read reads a plan
// from CSV and lays it out, New makes the immutable Plan, a Snapshot is every seat's
// status at one version, Since the Delta between two snapshots, and Search finds the
// best seats. Everything here is a pure function; Redis and MongoDB are the business
// of package booking.
package seatmap
