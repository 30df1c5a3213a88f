// Package ticket owns the code of a ticket: Sign and Verify its JWS, Draw the JWS
// as a QR code. Any scanner that knows the public keys can verify a code offline.
// The package needs no store; whether a ticket is void or used is decided in
// package booking.
package ticket
