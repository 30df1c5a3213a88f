// Package seats is the seats of every season in Redis: holds, carts, the marks of
// orders, and this node's mirror of them. New makes a Store; Keep keeps a season's
// mirror; Hold, HoldBest, Release, Cart and Snapshot serve fans; Pin, KeepPinned,
// Take, Sell, Free and Refund serve orders.
//
// Redis decides who holds a seat; each change is one script, see keys.go and lib.lua.
// Who owns a seat is decided in MongoDB by package booking, which Store asks through
// Source: settings, plans and open claims. The package knows no order beyond season,
// user, transaction, plan version and seats.
//
// Scripts, Run, RunAt, MirrorOf, ReadMirror, Sweep, Hear and NoteReading are exported
// for the tests of package booking alone.
package seats
