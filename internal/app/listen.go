package app

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// listening is a bound address and its HTTP server.
type listening struct {
	net.Listener
	server *http.Server
}

func listen(flag, address string) (*listening, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s %s is in use by another program, perhaps another node: stop that program or give another address (%w)", flag, address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, address, err)
	}
	return &listening{Listener: l, server: &http.Server{
		// Bounds for clients that send their request, or read the answer, slowly.
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}}, nil
}

// serve blocks until the server is shut down.
func (l *listening) serve() error {
	if err := l.server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
