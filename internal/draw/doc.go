// Package draw is the arithmetic of a verifiable draw, and how anybody checks
// one: the commitment to a secret seed, the seed's mixing with a public beacon,
// the marks that order the gathered, and the published account of it all.
//
// Entry points: [NewSeed], [Commit], [Key], [MarkOf], [Hash], [Verify].
//
// It keeps nothing and decides nothing: who gathered, and when, is the queue's.
package draw
