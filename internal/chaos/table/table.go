package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"usher/internal/chaos"
)

// row is a fault and what its run has shown.
type row struct {
	fault   chaos.Fault
	out     chaos.Outcome
	failed  []string
	skipped string // why the run was left out
}

// lost says what the run has lost.
func (r row) lost() string {
	switch {
	case len(r.out.Lost) > 0:
		return "**" + strings.Join(r.out.Lost[:min(3, len(r.out.Lost))], "; ") + "**"
	case len(r.failed) > 0:
		return "**the run failed**"
	case len(r.out.Known) == 0:
		return "nothing"
	}
	var known []string
	for _, what := range slices.Sorted(maps.Keys(r.out.Known)) {
		known = append(known, fmt.Sprintf("%s: %d", strings.TrimPrefix(strings.TrimPrefix(what, "an "), "a "), r.out.Known[what]))
	}
	return "as described: " + strings.Join(known, ", ")
}

func (r row) audit() string {
	switch {
	case len(r.out.Dirty) > 0:
		return "**" + r.out.Dirty[0] + "**"
	case r.out.Audits < 2:
		return "–"
	}
	return "clean"
}

// works says which kinds of requests succeeded during the fault. Of a fault that is
// over at once there is nothing to say.
func (r row) works() string {
	switch {
	case r.out.Lasted < 2*time.Second:
		return "–"
	case len(r.out.Works) == 0:
		return "none"
	case len(r.out.Works) == chaos.Kinds:
		return "all"
	}
	return strings.Join(r.out.Works, ", ")
}

// summary is the row in a line.
func (r row) summary() string {
	if r.skipped != "" {
		return "left out: " + r.skipped
	}
	return fmt.Sprintf("lost: %s; healed after %s (%s); audit: %s; %.0f s", r.lost(), span(r.out.Healed), r.out.Last, r.audit(), r.out.Took.Seconds())
}

// span is a duration with as many digits as matter.
func span(d time.Duration) string {
	switch {
	case d < 50*time.Microsecond:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// table is the Markdown of the rows.
func table(about string, rows []row) string {
	var b strings.Builder
	b.WriteString(about + "\n\n| fault | lasts | succeeded during the fault | lost | healed after | last to succeed | requests refused | visits, purchases | `usher audit` |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		if r.skipped != "" {
			fmt.Fprintf(&b, "| %s | left out: %s | | | | | | | |\n", r.fault.Name, r.skipped)
			continue
		}
		name := r.fault.Name
		if r.out.Rounds > 1 {
			name += fmt.Sprintf(", %d times", r.out.Rounds)
		}
		if len(r.out.Notes) > 0 {
			name += " (" + strings.Join(r.out.Notes, "; ") + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %d | %d, %d | %s |\n", name, span(r.out.Lasted), r.works(), r.lost(), span(r.out.Healed), r.out.Last, r.out.Refused, r.out.Visits, r.out.Bought, r.audit())
	}
	return b.String()
}

// meanings says in sentences what each row means.
func meanings(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "- **%s.** %s\n", strings.ToUpper(r.fault.Name[:1])+r.fault.Name[1:], r.fault.Means)
	}
	return b.String()
}

// aboutRun says what the figures were measured on.
func aboutRun(long bool, took time.Duration) string {
	form := "short form"
	if long {
		form = "long form"
	}
	return fmt.Sprintf("Measured by the %s of `make chaos`, which took %s, on %s (%d cores, %s).", form, took.Round(time.Second), processor(), runtime.NumCPU(), runtime.Version())
}

func processor() string {
	info, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer func() { _ = info.Close() }()
	for lines := bufio.NewScanner(info); lines.Scan(); {
		if name, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// writeTables puts the rows into the documents, between the markers of each.
func writeTables(about string, rows []row) error {
	var one, several []row
	for _, r := range rows {
		if r.fault.Stage.Redis == nil {
			one = append(one, r)
		} else {
			several = append(several, r)
		}
	}
	for path, rows := range map[string][]row{"docs/reliability.md": one, "docs/operating.md": several} {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed, err := between(string(text), table(about, rows)+"\n"+meanings(rows))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const (
	beginMark = "<!-- make chaos writes from here -->"
	endMark   = "<!-- to here -->"
)

// between replaces what stands between the marks.
func between(text, content string) (string, error) {
	before, rest, found := strings.Cut(text, beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return "", fmt.Errorf("the marks %q and %q are missing", beginMark, endMark)
	}
	return before + beginMark + "\n" + content + endMark + after, nil
}
