// Package auth identifies callers: users (MongoDB), sign-in through an OpenID
// provider, session tokens (JWT, EdDSA) and their revocation (Redis). It says which
// roles a user has; it never decides what a user may do in a season.
//
// Entry points: [New], [Auth.SignIn], [Auth.Issue], [Auth.Authenticate],
// [Auth.Revoke].
package auth
