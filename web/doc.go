// Package web translates: HTTP routes, the socket's protocol, cookies and
// origins, admin, docs and the browser app on one side; queue, booking, auth and
// hub on the other. It decides nothing but who may ask.
//
// Entry points: [New], [Server.Handler], [Server.QueueEvents],
// [Server.BookingEvents].
package web
