// Package hub keeps the live sockets: one per user and season, each with a
// bounded outbox, closed with a named and counted reason. It knows bytes, never
// what they mean.
//
// Entry points: [New], [Hub.Upgrade], [Hub.Register], [Socket.Send],
// [Socket.Update], [Hub.Drain].
//
// An idle socket is what a waiting room is made of, so the hub spends as little
// on one as it can. The handshake is coder/websocket's; after it the connection
// is the hub's alone: frames are built and taken apart here, because a library
// connection costs two kilobytes and wants a goroutine deep inside its reader.
// A socket has no writer goroutine: whoever sends writes without blocking, and
// only what the kernel does not take at once is left to a goroutine that exists
// until it is gone. On Linux the reading goroutine waits for readability on a
// small stack and holds no buffer.
//
// # The life of a socket
//
//	Upgrade ─▶ Register ─▶ Message … ─▶ closing: bye, close frame, end of stream ─▶ Closed
//	       └─▶ Abort ──────────────────▶ closing, without Closed
//
// Closing takes at most twice Options.CloseTimeout, whatever the peer does.
package hub
