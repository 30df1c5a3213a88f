//go:build unix

package app

import (
	"math"
	"syscall"
)

// fileLimit is how many files this process may have open; 0: unknown.
func fileLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)) //nolint:unconvert // limit.Cur is signed on other systems
}
