// Package booking is everything about seats: seasons and their plans, holds,
// purchases, tickets, recovery and audit. Redis decides who holds a seat;
// MongoDB decides, by insert, who owns it and whose money was taken. All else
// is a projection that anybody may derive again.
//
// Entry points: [New], [Booking.Run], [Booking.Hold], [Booking.Buy],
// [Booking.Snapshot].
//
// It never decides who may be in: a hold looks into the active set that queue
// keeps in Redis, inside its own script.
package booking
