package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is one line of go test -json, as go doc test2json describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string // "" for what concerns the whole package
	Output     string
	Elapsed    float64 // seconds; a parallel test's time before it may run is not in it
}

// test is a test, or a subtest, of a package that still runs.
type test struct {
	name   string
	output strings.Builder
	passed bool // or skipped
}

// running is a package that still runs.
type running struct {
	tests  []*test // in the order in which they began
	byName map[string]*test
	output []string // lines that belong to no test
}

// timed is a test of the list at the end.
type timed struct {
	pkg, name string
	seconds   float64
}

// report turns the events of go test -json into lines for people.
type report struct {
	out      io.Writer
	packages map[string]*running
	times    []timed
	skipped  map[string]int // tests by the reason they gave
}

func newReport(out io.Writer) *report {
	return &report{out: out, packages: map[string]*running{}, skipped: map[string]int{}}
}

// read prints what the events say until they end.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		r.print(string(line)) // go says something before it runs any test
		return
	}
	if e.Action == "build-output" {
		r.print(e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &running{byName: map[string]*test{}}
		r.packages[e.Package] = p
	}
	if e.Test != "" {
		r.testEvent(p, e)
		return
	}
	switch e.Action {
	case "output":
		p.output = append(p.output, e.Output)
	case "pass", "skip", "fail":
		r.packageEnd(p, e)
		delete(r.packages, e.Package)
	}
}

func (r *report) testEvent(p *running, e event) {
	t := p.byName[e.Test]
	if t == nil {
		t = &test{name: e.Test}
		p.byName[e.Test] = t
		p.tests = append(p.tests, t)
	}
	switch e.Action {
	case "output":
		if !isProgress(e.Output) {
			t.output.WriteString(e.Output)
		}
		return
	case "skip":
		r.skipped[skipReason(t.output.String())]++
	case "pass", "fail":
		if !strings.Contains(e.Test, "/") {
			r.times = append(r.times, timed{e.Package, e.Test, e.Elapsed})
		}
	default:
		return
	}
	if t.passed = e.Action != "fail"; t.passed {
		t.output.Reset()
	}
}

// packageEnd prints a package's line, and before it, if the package failed, the
// output of each test that did not pass and what belongs to no test.
func (r *report) packageEnd(p *running, e event) {
	if e.Action != "fail" {
		for _, line := range p.output {
			if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "? ") {
				r.print(line)
			}
		}
		return
	}
	for _, t := range p.tests {
		if !t.passed {
			r.print(t.output.String())
		}
	}
	for _, line := range p.output {
		r.print(line)
	}
}

// end prints what goes after the last package.
func (r *report) end() {
	for name, p := range r.packages { // go test was ended
		r.packageEnd(p, event{Action: "fail", Package: name})
	}
	slices.SortStableFunc(r.times, func(a, b timed) int {
		switch {
		case a.seconds > b.seconds:
			return -1
		case a.seconds < b.seconds:
			return 1
		}
		return 0
	})
	if len(r.times) > 0 {
		r.print("\nslowest tests:\n")
	}
	for _, t := range r.times[:min(slowest, len(r.times))] {
		r.print(fmt.Sprintf("%7.1f s  %s %s\n", t.seconds, t.pkg, t.name))
	}
	reasons := make([]string, 0, len(r.skipped))
	for reason := range r.skipped {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		r.print(fmt.Sprintf("skipped %d: %s\n", r.skipped[reason], reason))
	}
}

func (r *report) print(text string) { _, _ = io.WriteString(r.out, text) }

// isProgress reports whether a line says only that a test begins or goes on.
func isProgress(line string) bool {
	for _, word := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME "} {
		if strings.HasPrefix(line, word) {
			return true
		}
	}
	return false
}

// skipReason is what a skipped test said last, without file and line.
func skipReason(output string) string {
	reason := "no reason given"
	for line := range strings.Lines(output) {
		if _, said, found := strings.Cut(line, ".go:"); found {
			if _, said, found = strings.Cut(said, ": "); found {
				reason = strings.TrimSpace(said)
			}
		}
	}
	return reason
}
