package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"usher/internal/app"
)

var errNoSimulator = errors.New("simulating needs an embedded Redis, which this program does not carry: " +
	"put usher-dev beside it or in the PATH (make build makes both)")

// simulate runs usher-dev simulate in place of this program: the simulation needs an
// embedded Redis with a simulated clock, which the production program does not link.
func simulate(_ context.Context, args []string) error {
	program, err := besideOrInPath("usher-dev")
	if err != nil {
		return &app.ExitError{Status: 2, Err: errNoSimulator}
	}
	return syscall.Exec(program, append([]string{program, "simulate"}, args...), os.Environ())
}

// besideOrInPath finds a program in this program's folder, or else in the PATH.
func besideOrInPath(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		if found, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
			return found, nil
		}
	}
	return exec.LookPath(name)
}
