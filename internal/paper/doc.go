// Package paper draws tickets. PDF returns a document with one ticket per page.
//
// The package does not check who may have a ticket.
package paper
