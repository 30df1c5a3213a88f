// Package crowd is a crowd of simulated fans for a real server. The fans sign in or
// have tokens made with the server's key, wait in line, take their turn, hold seats,
// buy or walk away, and check the server's messages.
//
// [Run] plays a whole crowd and returns a [Report]. [Pool] is the layer below:
// thousands of client sockets driven by one goroutine. On Linux they share one
// epoll instance and one read buffer, so a waiting socket costs its kernel
// buffers and a few hundred bytes. Elsewhere, and over https, each socket has a
// goroutine that reads.
//
// The package uses the protocol of docs/protocol.md alone. It never reads Redis or
// MongoDB: every fan could check the same.
package crowd
