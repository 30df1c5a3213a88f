// Package dev is everything usher-dev has beside the server itself: embedded
// stores, a local OpenID provider, a seeded demo season, and a signing key that
// outlives a restart. Nothing that runs in production imports it; a test says
// so. It imports no room, for the rooms' own tests run on it.
//
// Entry points: [StartStores], [NewProvider], [Seed], [SigningKey].
package dev
