package check

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"usher/internal/fault"
	"usher/internal/wire"
)

// good is a line about something that is as it should be.
func good(name, format string, args ...any) wire.CheckLine {
	return wire.CheckLine{Name: name, State: wire.CheckOK, Found: fmt.Sprintf(format, args...)}
}

// warn is a line about something that an operator should know and may accept.
func warn(name, do, format string, args ...any) wire.CheckLine {
	return wire.CheckLine{Name: name, State: wire.CheckWarn, Found: fmt.Sprintf(format, args...), Do: do}
}

// fail is a line about something with which the sale must not open.
func fail(name, do, format string, args ...any) wire.CheckLine {
	return wire.CheckLine{Name: name, State: wire.CheckFail, Found: fmt.Sprintf(format, args...), Do: do}
}

// unseen is a line about something that could not be looked at.
func unseen(name, what string, err error) wire.CheckLine {
	return warn(name, "Look at it by other means.", "Not looked at: %s. %s", what, sentence(err))
}

// sentence is the text of an error as a sentence. It leaves out URLs, which may hold
// a secret.
func sentence(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	var known *fault.Error
	for errors.As(err, &known) && known.Err != nil { // the cause says more than the words for fans
		err = known.Err
	}
	text := err.Error()
	if errors.As(err, &known) && known.Detail != "" {
		text = known.Detail
	}
	// MongoDB's driver describes every server that it knows.
	if before, after, found := strings.Cut(text, ", current topology: "); found {
		text = before
		if _, last, found := strings.Cut(after, "Last error: "); found {
			text, _, _ = strings.Cut(last, " }")
		}
	}
	text = strings.TrimRight(strings.TrimSpace(text), ".")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// worst is the line with the worst state, the earliest of several.
func worst(lines []wire.CheckLine) wire.CheckLine {
	rank := map[wire.CheckState]int{wire.CheckOK: 0, wire.CheckWarn: 1, wire.CheckFail: 2}
	found := lines[0]
	for _, line := range lines[1:] {
		if rank[line.State] > rank[found.State] {
			found = line
		}
	}
	return found
}

// startable says whether a node would start with the options.
func startable(_ context.Context, v *view) (lines []wire.CheckLine) {
	for _, problem := range v.Problems {
		lines = append(lines, fail("options", "Mend the option: usher serve does not start with it.", "%s.", problem))
	}
	if len(lines) == 0 {
		lines = append(lines, good("options", "A node starts with these options."))
	}
	return lines
}
