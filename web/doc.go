// Package web translates: HTTP routes, the socket's protocol, cookies and
// origins, admin, docs and the browser app on one side; queue, booking, auth and
// hub on the other. It decides nothing but who may ask.
//
// Entry points: [New], [Server.Handler], [Server.Run], [Server.QueueEvents],
// [Server.BookingEvents], [Server.SessionRevoked].
//
// Every HTTP route stands in one table (routes.go) and every fault's status in
// another (problems.go). The few rules in which rooms meet are acts (acts.go);
// HTTP's handlers and the socket's dispatch both act through them, so that one
// transport never allows what the other refuses.
package web
