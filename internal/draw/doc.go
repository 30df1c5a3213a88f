// Package draw is the arithmetic of a verifiable draw, and the check of a draw by
// anyone: the commitment to a secret seed, the mixing of the seed with a public
// beacon, the marks that order the users who gathered, and the published account.
//
// Entry points: [NewSeed], [Commit], [Key], [MarkOf], [Hash], [Verify].
//
// It stores nothing and decides nothing: package queue knows who gathered, and
// when.
package draw
