// Package chaos causes faults on a sale that runs for real: processes of usher serve
// on a real Redis and the embedded MongoDB, under a crowd of visitors who join, wait,
// enter, hold, buy and leave, and who check every answer. [Faults] is the table of
// faults; [Run] plays one of them on a sale of its own, measures how long it takes
// until each kind of request succeeds again, and looks for anything that was lost.
//
// The tests of this package play the brief forms of the faults. The program in
// internal/chaos/table (make chaos) plays them all and writes the tables of
// docs/reliability.md and docs/operating.md.
package chaos
