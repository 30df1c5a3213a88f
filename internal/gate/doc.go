// Package gate judges tickets without a server: Read verifies what a scanner typed
// with the public keys alone and undoes what keyboard layouts did to it, Voids is the signed list of tickets given back, and a
// Checker puts both together, as usher tickets verify does. It never admits
// anybody: who came in already is known to POST /checkins only.
package gate
