// Package text decides which text from outside may be shown and compared: names
// that people can read, and identifiers that differ only by the case of ASCII
// letters.
package text
