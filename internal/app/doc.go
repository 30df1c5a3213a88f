// Package app wires the other packages into one node: it turns options into a
// running server, and drains that server at its end. It has no rules of the domain.
//
// It also reads command lines ([Main], [FlagSet]), watches the stores, and makes sure
// that all nodes of an installation use the same Redis.
//
// Entry points: [Options], [Options.Flags], [New], [App.Run].
package app
