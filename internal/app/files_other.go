//go:build !unix

package app

// fileLimit is how many files this process may have open; 0: unknown.
func fileLimit() int { return 0 }
