// Package gate checks tickets without a server. Read verifies the text that a scanner
// typed with the public keys, and undoes the effect of a keyboard layout. Voids is the
// signed list of refunded tickets. A Checker combines both, as usher tickets verify
// does. The package does not know which tickets were used: only POST /checkins does.
package gate
