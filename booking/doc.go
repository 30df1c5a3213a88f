// Package booking sells seats: seasons and their plans, purchases, tickets, refunds,
// check-ins, recovery and audit. Redis decides who holds a seat. MongoDB decides, by
// insert, who owns a seat and whose money was taken. Every other status is a projection,
// which any node may compute again.
//
// Entry points: [New], [Booking.Run], [Booking.Hold], [Booking.Buy], [Booking.Snapshot].
//
// The package does not decide who is admitted: the script of a hold reads the active set
// that queue keeps in Redis.
package booking
