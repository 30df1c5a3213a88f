// Package sheet writes the words on tickets on paper: from tickets and their season, in
// one language. Entry points are [Papers], for a page that shows every letter, and
// [ForPDF], for a document whose font has fewer.
//
// The package reads no store and draws nothing.
package sheet
