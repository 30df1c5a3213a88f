package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// openLabels are the labels whose values only a deployment knows, each with what it holds.
var openLabels = [][2]string{
	{"season", "the id of a season"},
	{"endpoint", "the URL of a receiver of the feed, without its query"},
	{"route", "the pattern of a route, such as `/seats/{seatNumber}`; `other` for the pages of the browser app and for paths that do not exist"},
	{"status", "the HTTP status of the answer; 500 and 503 exist for each route from the start"},
}

// IsOpen reports whether a label's values are not known in advance.
func IsOpen(label string) bool {
	return slices.ContainsFunc(openLabels, func(l [2]string) bool { return l[0] == label })
}

// Document writes docs/metrics.md. uses names, for each metric, the panels and the alerts
// that use it.
func Document(metrics map[string]*Metric, uses map[string][]string) string {
	var b strings.Builder
	b.WriteString(`# Metrics

<!-- Written by go test ./internal/watch -update from a running node. Do not edit. -->

A node serves these on ` + "`--ops-listen`" + ` at ` + "`/metrics`" + `, for Prometheus. Every series whose labels are known in advance exists from the start at 0, so that an alert sees the
first event. No label names a user or a seat. Counters count since the node has started.

A gauge with the label ` + "`season`" + ` is the same on every node, because it comes from Redis: take the maximum over the nodes, not the sum. So are
` + "`usher_purchases_pending`" + ` and its age. Everything else is of one node.

Labels whose values only a deployment knows:

`)
	for _, l := range openLabels {
		fmt.Fprintf(&b, "- `%s`: %s\n", l[0], l[1])
	}
	b.WriteString("\n| metric | type | unit | labels | meaning | panels and **alerts** |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		m := metrics[name]
		if !strings.HasPrefix(name, "usher_") {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", name, m.Type, m.unit(), m.labels(), m.Help, strings.Join(uses[name], ", "))
	}
	b.WriteString(`
The metrics of Go's runtime (` + "`go_…`" + `), of the process (` + "`process_…`" + `: processor time, memory, file descriptors) and of the build (` + "`go_build_info`" + `) are those of the Prometheus
client for Go. [The runbook](runbook.md) says what each alert means and what to do.
`)
	return b.String()
}

// unit is what the values count, by the rules for names of Prometheus.
func (m *Metric) unit() string {
	switch {
	case strings.HasSuffix(m.Name, "_seconds"):
		return "seconds"
	case strings.HasPrefix(m.Help, "1 while "):
		return "0 or 1"
	}
	return "count"
}

func (m *Metric) labels() string {
	var parts []string
	for _, label := range slices.Sorted(maps.Keys(m.Labels)) {
		text := "`" + label + "`"
		if !IsOpen(label) {
			text += ": " + strings.Join(m.Labels[label], ", ")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
