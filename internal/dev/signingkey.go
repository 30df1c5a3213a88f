package dev

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"usher/internal/keys"
)

// SigningKey returns the path of dir's signing key, making both at the first
// call, so that sessions, places and tickets survive a restart.
func SigningKey(dir string) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path = filepath.Join(dir, "signing-key.pem")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// Of two processes that get here at once, one writes and both use its key.
	if err := keys.WriteNew(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return path, nil
}
