// Command gotest builds the programs that tests run, runs go test with the
// arguments it is given, and prints what go test prints: a line per package, and
// the output of what failed. After the last package it prints the slowest tests.
// It exits with the status of go test.
//
//	gotest [-first packages] [-plain packages] [flags of go test] pattern...
//
// -first names packages, separated by commas, that begin before the others: the long
// ones, since a long one that begins last runs alone. -plain names packages that are
// tested without the race detector, whatever the flags say.
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
	first, args := packagesOf("-first", args)
	plain, args := packagesOf("-plain", args)
	patterns := len(args)
	for patterns > 0 && isPattern(args[patterns-1]) {
		patterns--
	}
	flags := args[:patterns]
	if patterns == len(args) || len(first) == 0 && !slices.Contains(flags, "-race") {
		return run(r, args, env...)
	}
	out, err := exec.Command("go", append([]string{"list"}, args[patterns:]...)...).Output()
	if err != nil {
		return 1, fmt.Errorf("go list %s: %w", strings.Join(args[patterns:], " "), err)
	}
	packages := inOrder(strings.Fields(string(out)), first)
	if !slices.Contains(flags, "-race") {
		return run(r, slices.Concat(flags, packages), env...)
	}
	if len(plain) > 0 {
		if out, err := exec.Command("go", append([]string{"list"}, plain...)...).CombinedOutput(); err != nil {
			return 1, fmt.Errorf("-plain names a package that does not exist: %s", out)
		}
	}
	plain = slices.DeleteFunc(plain, func(p string) bool { return !slices.Contains(packages, p) })
	others := slices.DeleteFunc(packages, func(p string) bool { return slices.Contains(plain, p) })
	status := 0
	if len(others) > 0 {
		if status, err = run(r, slices.Concat(flags, others), env...); err != nil {
			return status, err
		}
	}
	if len(plain) == 0 {
		return status, nil
	}
	flags = slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == "-race" })
	last, err := run(r, slices.Concat(flags, plain), env...)
	return max(status, last), err
}

// packagesOf takes a flag with a list of packages off the head of args.
func packagesOf(flag string, args []string) (packages, rest []string) {
	if len(args) < 2 || args[0] != flag {
		return nil, args
	}
	return strings.Split(args[1], ","), args[2:]
}

// isPattern reports whether an argument names packages: a flag begins with a hyphen,
// and the value of one has no slash and no dot at its start.
func isPattern(arg string) bool {
	return strings.HasPrefix(arg, ".") || strings.HasPrefix(arg, "usher/")
}

// inOrder returns packages with those of first at their head, in the order of first.
// go test starts packages in the order in which it is given them.
func inOrder(packages, first []string) []string {
	var head []string
	for _, p := range first {
		if slices.Contains(packages, p) {
			head = append(head, p)
		}
	}
	return append(head, slices.DeleteFunc(packages, func(p string) bool { return slices.Contains(head, p) })...)
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
