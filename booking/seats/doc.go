// Package seats keeps the seats of every season in Redis: holds, carts, the marks of
// orders, and this node's mirror of them.
//
// New makes a Store; Listen and Keep run it. Hold, HoldBest, Release, Cart and Snapshot
// serve fans. Pin, KeepPinned, Take, Sell, Free, Refund and SpendRefund serve orders. Allot, HandOver and
// Withdraw serve allotments.
// Configure, Freeze and Held serve changes of the plan; Rebuild, Mark, Marks and
// Unmarked serve recovery; Audit and Walk serve the audit.
//
// Redis decides who holds a seat, and each change is one script in lua/: start with
// lua/hold.lua. keys.go lists the keys, lua.go the outcomes of the scripts, reply.go
// the shapes of their replies.
//
// MongoDB decides who owns a seat. The package never reads MongoDB: it asks its Source
// for settings, plans and open claims. It knows no order beyond season, user,
// transaction, version of the plan and seats.
//
// Lua, Scripts, MirrorOf, ReadMirror and Sweep are exported for the tests of package
// booking alone.
package seats
