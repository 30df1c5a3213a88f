// Package paper draws tickets as a PDF document, one ticket a page. It does not check
// who may have a ticket.
package paper
