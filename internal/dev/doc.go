// Package dev has what usher-dev adds to the server: a local OpenID provider, a
// demo season, and signing keys that outlive a restart. The production program does
// not link it; internal/app/structure_test.go checks that. The embedded stores are
// in internal/embedded.
//
// Entry points: [NewProvider], [Seed], [SigningKey].
package dev
