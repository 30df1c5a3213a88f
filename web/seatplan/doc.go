// Package seatplan serves the seat plan of a season in columns, at an address that
// contains the hash of the plan: a browser reads a plan once, while its user waits, and
// keeps it.
//
// Begin with New and Plans.Of. The package holds no statuses of seats; see GET /seats.
package seatplan
