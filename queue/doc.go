// Package queue is the waiting room: who is in line, whose turn it is, who is
// active, and for how long. Redis decides, in Lua scripts that are atomic, timed
// by Redis' own clock and safe to repeat; MongoDB keeps a small ledger (epochs,
// admissions, draws); this node is a mirror.
//
// Entry points: [New], [Queue.Run], [Queue.Join], [Queue.Enter], [Queue.Leave],
// [Queue.Status], [Queue.Connect].
//
// It never knows what a fan does with a place: seats are booking's.
package queue
