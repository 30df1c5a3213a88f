// Package embedded runs a Redis (miniredis) and a MongoDB (FerretDB over SQLite)
// inside the process, for usher-dev and for tests. Both are reached over TCP, as
// the real ones are. Nothing that runs in production imports it; a test says so.
//
// Entry points: [Start], [Stores.Stop].
package embedded
