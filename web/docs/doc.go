// Package docs describes the interface of a node and shows the description as pages.
//
// openapi.yaml describes HTTP, asyncapi.yaml the socket; both are written by hand, are
// served as they are, and are the source of the pages. The tests of this package and of
// package web hold them beside the code, and internal/testkit/conform holds every answer
// and frame of the tests beside them.
//
// Entry points: [New] makes a [Site]; [Site.GetOpenAPI], [Site.GetAsyncAPI],
// [Site.GetStart] and [Site.GetPage] answer requests. Where to look: site.go serves files, tree.go reads a description
// in its written order, http.go, socket.go and objects.go turn it into what the
// templates in pages/ show, and examples.go writes the lines to paste.
//
// The package knows nothing of seasons and stores, and runs no script of others: the
// pages work without scripts, and docs.js only adds the search and the copy buttons.
package docs
