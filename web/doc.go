// Package web serves a node's clients: HTTP routes, the protocol on WebSockets, the
// admin API and the browser app.
//
// Entry points: [New] builds a [Server] from [Options]; [Server.Handler] answers
// requests; [Server.Run] does the work of live sockets. [Server.QueueEvents],
// [Server.BookingEvents] and [Server.SessionRevoked] receive events of the other
// packages.
//
// Where to look: routes.go lists every HTTP route, problems.go maps each error code
// to an HTTP status, socket_requests.go handles each request on a socket,
// socket_events.go sends what happened, and acts.go holds the few rules where
// queue, booking and auth meet. HTTP handlers and sockets act through acts.go
// alone, so that both allow the same.
//
// Package web owns cookies, origins, budgets of requests, and the encoded forms
// that it caches. It never decides the order of a line, who holds a seat, or what a
// purchase costs: it translates, and checks who may ask. It keeps nothing that a
// restart loses, except open sockets.
package web
