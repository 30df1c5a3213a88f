//go:build !linux

package crowd

import "net/netip"

// newEpoll returns nil on systems without epoll: each socket has a goroutine there.
func newEpoll(netip.AddrPort, int) (transport, error) { return nil, nil }
