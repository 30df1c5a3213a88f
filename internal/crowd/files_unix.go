//go:build unix

package crowd

import (
	"fmt"
	"syscall"
)

// enoughFiles raises the limit of open files as far as allowed. It returns an error if
// that is not enough.
func enoughFiles(fans int) error {
	const others = 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil //nolint:nilerr // the limit is unknown: a socket that cannot be opened reports it
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
