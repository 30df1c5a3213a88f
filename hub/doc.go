// Package hub keeps the live sockets: one per user and season, each with a
// bounded outbox, closed with a named and counted reason. It knows bytes, never
// what they mean.
//
// Entry points: [New], [Hub.Upgrade], [Hub.Register], [Socket.Send],
// [Socket.Update], [Hub.Drain].
//
// A waiting room consists of idle sockets, so an idle socket must cost little.
// coder/websocket performs the handshake. After the handshake the hub reads and
// writes frames itself, because a library connection costs two kilobytes and
// keeps a goroutine deep inside its reader. A socket has no writer goroutine: the
// sender writes without blocking, and a goroutine takes over only for bytes that
// the kernel does not accept at once. On Linux one goroutine waits for all sockets
// (poll_linux.go), and a socket has a goroutine only while something is read.
//
// DESIGN.md beside this file has the states, the locks and the reasons.
//
// # The life of a socket
//
//	Upgrade ─▶ Register ─▶ Message … ─▶ closing: bye, close frame, end of stream ─▶ Closed
//	       └─▶ Abort ──────────────────▶ closing, without Closed
//
// Closing takes at most twice Options.CloseTimeout, whatever the peer does.
package hub
