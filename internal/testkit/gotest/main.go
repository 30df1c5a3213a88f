// Command gotest builds the programs that tests run, runs go test with the
// arguments it is given, and prints what go test prints: a line per package, and
// the output of what failed. After the last package it prints the slowest tests.
// It exits with the status of go test.
//
//	gotest [-plain packages] [flags of go test] pattern
//
// -plain names packages, separated by commas, that are tested without the race
// detector, whatever the flags say.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// slowest is how many of the slowest tests are listed.
const slowest = 10

func main() {
	status := 1
	programs, err := build()
	if err == nil {
		status, err = runAll(os.Args[1:], "USHER_TEST_PROGRAMS="+programs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(status)
}

// build builds the programs without the race detector and returns their folder.
// They stay there, so that the next run links only what has changed.
func build() (string, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(module)), "bin", "test")
	cmd := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "usher/cmd/...")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	return folder, nil
}

// runAll runs go test, twice if packages go without the race detector, prints
// the report and returns the status to exit with.
func runAll(args []string, env ...string) (int, error) {
	r := newReport(os.Stdout)
	defer r.end()
	if len(args) < 3 || args[0] != "-plain" {
		return run(r, args, env...)
	}
	plain, args := args[1], args[2:]
	if !slices.Contains(args, "-race") {
		return run(r, args, env...)
	}
	flags, pattern := args[:len(args)-1], args[len(args)-1]
	out, err := exec.Command("go", "list", pattern).Output()
	if err != nil {
		return 1, fmt.Errorf("go list %s: %w", pattern, err)
	}
	packages := strings.Fields(string(out))
	plains := strings.Split(plain, ",")
	for _, p := range plains {
		if !slices.Contains(packages, p) {
			return 1, fmt.Errorf("-plain %s is not among the packages of %s", p, pattern)
		}
	}
	others := slices.DeleteFunc(packages, func(p string) bool { return slices.Contains(plains, p) })
	status, err := run(r, slices.Concat(flags, others), env...)
	if err != nil {
		return status, err
	}
	flags = slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == "-race" })
	last, err := run(r, append(flags, plains...), env...)
	return max(status, last), err
}

// run runs go test and returns its status.
func run(r *report, args []string, env ...string) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	// An interrupt reaches go test too, which ends its tests; the report comes after.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	readErr := r.read(events)
	waitErr := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(waitErr, &exit):
		return max(exit.ExitCode(), 1), nil // -1 is a signal
	case waitErr != nil:
		return 1, waitErr
	case readErr != nil:
		return 1, readErr
	}
	return 0, nil
}
