package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestAFileIsWrittenWhollyOrNotAtAll: what was there before stays until then.
func TestAFileIsWrittenWhollyOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sold.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	lost := errors.New("the store has gone")
	err := writeWhole(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return lost
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, lost) || string(text) != "before" {
		t.Errorf("%v, and there is %q", err, text)
	}
	if err := writeWhole(path, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if text, _ := os.ReadFile(path); err != nil || string(text) != "whole" || len(left) != 1 {
		t.Errorf("there is %q beside %v", text, left)
	}
}
