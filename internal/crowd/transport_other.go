//go:build !linux

package crowd

import "net/netip"

// newEpoll returns nil where there is no epoll: each socket has a goroutine.
func newEpoll(netip.AddrPort, int) (transport, error) { return nil, nil }
