// Package simulate plays a whole sale in seconds: thousands of fans come, wait,
// drop out, come back, take their turns and leave, by a clock of its own and
// one seed. What decides is not written again here: the nodes are package
// queue's, and the scripts are the shipped ones, run by an embedded Redis whose
// TIME is the simulated clock. The same plan always gives the same report.
//
// Entry points: [Run] with a [Plan], and the [Report] it returns.
//
// After every script the invariants 4 to 7 of ARCHITECTURE.md are checked
// against what the simulator knows itself of who is there. It never looks at
// the machine's clock, and knows nothing of seats.
package simulate
