// Package simulate plays a whole sale in seconds, with a simulated clock and one
// seed: thousands of fans come, wait, lose their connection, come back, take
// their turns and leave. It does not repeat any rule of the line: the nodes are
// those of package queue, and the scripts are the shipped ones, run by an
// embedded Redis whose TIME is the simulated clock. The same plan always gives
// the same report.
//
// Entry points: [Run] with a [Plan], and the [Report] it returns.
//
// After every script it checks the invariants 4 to 7 of ARCHITECTURE.md against
// its own knowledge of the fans. It never reads the machine's clock. Of seats a plan
// knows only whether one is free, unless its fans wait for returned seats: then a house
// of a few classes stands for the seats, and the checker knows every wish.
package simulate
