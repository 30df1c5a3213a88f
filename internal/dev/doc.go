// Package dev holds what usher-dev adds to the server: a local OpenID provider,
// a seeded demo season, and a signing key that outlives a restart. Nothing that
// runs in production imports it; a test says so. The embedded stores are in
// internal/embedded.
//
// Entry points: [NewProvider], [Seed], [SigningKey].
package dev
