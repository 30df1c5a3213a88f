// Package text checks text from outside: whether people can read a name, and
// whether two identifiers are equal except for the case of ASCII letters.
package text
