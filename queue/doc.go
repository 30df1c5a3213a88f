// Package queue is the waiting room: who is in line, who has a turn, who is
// active, and for how long. Redis decides, in Lua scripts that are atomic, use
// Redis' own clock and may be repeated. MongoDB keeps a small ledger (epochs,
// admissions, draws). A node mirrors both.
//
// Entry points: [New], [Queue.Run], [Queue.Join], [Queue.Enter], [Queue.Leave],
// [Queue.Status], [Queue.Connect].
//
// It never knows what a fan does with a place: seats belong to package booking.
package queue
