// Package ticket owns the code of a ticket. Sign makes a code, Verify checks it, and Draw
// draws it as a QR code. New codes are compact; the codes of older tickets are JWSs, and
// Verify accepts both. Any scanner that knows the public keys can verify a code offline.
//
// The package needs no store. Package booking decides whether a ticket is void or used.
package ticket
