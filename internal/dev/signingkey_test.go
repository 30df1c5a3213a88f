package dev_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/dev"
	"usher/internal/keys"
)

func TestTheSigningKeyOutlivesARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	paths := make([]string, 4)
	var starts sync.WaitGroup
	for i := range paths {
		starts.Go(func() {
			path, err := dev.SigningKey(dir)
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	starts.Wait()
	before, err := keys.Load(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	again, err := dev.SigningKey(dir)
	if err != nil || again != paths[0] || filepath.Base(again) != "signing-key.pem" {
		t.Fatal(again, err)
	}
	after, err := keys.Load(again)
	if err != nil {
		t.Fatal(err)
	}
	token, err := before.Sign("JWT", jwt.RegisteredClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if err := after.Verify("JWT", token, &jwt.RegisteredClaims{}); err != nil {
		t.Error("a session does not survive a restart:", err)
	}
}

func TestASigningKeyNeedsAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dev.SigningKey(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}
