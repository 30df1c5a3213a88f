//go:build !unix

package crowd

// enoughFiles has no limit to check on this system.
func enoughFiles(int) error { return nil }
