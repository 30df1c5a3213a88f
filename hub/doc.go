// Package hub keeps the live sockets: one per user and season, each with a
// bounded outbox, closed with a named and counted reason. It knows bytes, never
// what they mean.
//
// Entry points: [New], [Hub.Upgrade], [Hub.Register], [Socket.Send],
// [Socket.Update], [Hub.Drain].
package hub
