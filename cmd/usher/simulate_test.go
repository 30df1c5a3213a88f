package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher/internal/app"
)

// TestSimulateSaysWhereTheSimulatorIs: without usher-dev it cannot run, and says
// so; with it in the PATH it is found.
func TestSimulateSaysWhereTheSimulatorIs(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	var exit *app.ExitError
	if err := simulate(t.Context(), nil); !errors.As(err, &exit) || exit.Status != 2 {
		t.Errorf("without usher-dev it says %v, want status 2", err)
	}
	program := filepath.Join(folder, "usher-dev")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if found, err := besideOrInPath("usher-dev"); err != nil || found != program {
		t.Errorf("found %q, %v; want %q", found, err, program)
	}
}
