//go:build !unix

package crowd

// enoughFiles has no limit to look at here.
func enoughFiles(int) error { return nil }
