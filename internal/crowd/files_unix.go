//go:build unix

package crowd

import (
	"fmt"
	"syscall"
)

// enoughFiles raises the limit of open files as far as it may, and says so where
// that is not enough.
func enoughFiles(fans int) error {
	const others = 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil // without a limit that can be read the sockets show it
	}
	if limit.Cur < limit.Max {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	if wanted := uint64(fans + others); limit.Cur < wanted {
		return fmt.Errorf("%d fans need as many sockets, and this process may open %d files: raise the limit (ulimit -n %d) or start several crowds", fans, limit.Cur, wanted)
	}
	return nil
}
