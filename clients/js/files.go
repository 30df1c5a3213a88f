// Package js contains the source of the JavaScript client, for the program that
// serves it.
//
// The client is for authors of other clients too: clients/js is also an npm package
// (package.json, README.md). The browser app imports the same files by relative
// paths, so package web serves both below one folder. The embed directive cannot name
// files above its own package, which is the reason for this package.
package js

import "embed"

// Files are the client's modules, below src. Tests and types are not among them.
//
//go:embed src/*.js
var Files embed.FS
