package dev

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"usher/internal/keys"
)

// SigningKey returns the path of the key in dir for sessions and places. The first
// call makes the folder and the key, so that sessions survive a restart.
func SigningKey(dir string) (path string, err error) { return keyFile(dir, "signing-key.pem") }

// TicketKey is the same for tickets.
func TicketKey(dir string) (path string, err error) { return keyFile(dir, "ticket-key.pem") }

func keyFile(dir, name string) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path = filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// Of two processes that get here at once, one writes the key and both use it.
	if err := keys.WriteNew(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return path, nil
}
