// Package auth knows who is calling: users (MongoDB), sign-in through an OpenID
// provider, session tokens (JWT, EdDSA) and their revocation (Redis). It never
// decides what somebody may do in a season.
//
// Entry points: [New], [Auth.SignIn], [Auth.Issue], [Auth.Authenticate],
// [Auth.Revoke].
package auth
