// Package crowd is a crowd of simulated fans for a real server: they sign in or
// bring minted tokens, wait in line, take their turn, hold, buy or walk away,
// and check what the server tells them.
//
// [Run] plays a whole crowd and returns a [Report]. [Pool] is the layer below:
// thousands of client sockets driven by one goroutine. On Linux they share one
// epoll instance and one read buffer, so a waiting socket costs its kernel
// buffers and a few hundred bytes. Elsewhere, and over https, each socket has a
// goroutine that reads.
//
// The package knows the protocol of docs/protocol.md. It never looks into Redis
// or MongoDB: what it judges, every fan could judge.
package crowd
