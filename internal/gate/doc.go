// Package gate checks tickets without a server. Load returns a Checker, whose Check
// verifies a scanned code with the public keys and a signed void list. Read verifies a
// code alone and undoes the damage of wrong keyboard layouts. SignVoids and ReadVoids
// write and read the list of refunded tickets.
//
// The package does not record check-ins. Only POST /checkins knows which tickets were
// used.
package gate
