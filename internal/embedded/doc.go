// Package embedded runs a Redis (miniredis) and a MongoDB (FerretDB over SQLite)
// inside the process, for usher-dev and for tests. Clients reach both over TCP, as
// they reach real servers. The production program does not link this package;
// internal/app/structure_test.go checks that.
//
// Entry points: [Start], [Stores.Stop].
package embedded
