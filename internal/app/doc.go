// Package app wires the rooms into one node: options in, a running server out,
// and an orderly end. It knows no domain.
//
// Entry points: [Options], [Options.Flags], [New], [App.Run].
package app
