// Package watch keeps what an operator watches in step with the metrics of the code:
// docs/metrics.md, the Grafana dashboard, and the alert rules with their runbook. No
// program links it; its tests start a node, read its metrics, and compare.
//
//	go test ./internal/watch -update   # writes docs/metrics.md and the dashboard
//
// Entry points: [ParseMetrics], [ParseQuery], [Dashboard], [Document].
package watch

import (
	"fmt"
	"slices"
	"strings"
)

// Metric is one metric as a node serves it.
type Metric struct {
	Name   string
	Type   string // counter, gauge or histogram
	Help   string
	Labels map[string][]string // the values of each label, sorted; without le and quantile
}

// ParseMetrics reads the text format of /metrics.
func ParseMetrics(text string) (map[string]*Metric, error) {
	all := map[string]*Metric{}
	of := func(name string) *Metric {
		if all[name] == nil {
			all[name] = &Metric{Name: name, Labels: map[string][]string{}}
		}
		return all[name]
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		words := strings.SplitN(line, " ", 4)
		switch {
		case line == "":
		case strings.HasPrefix(line, "# HELP ") && len(words) == 4:
			of(words[2]).Help = words[3]
		case strings.HasPrefix(line, "# TYPE ") && len(words) == 4:
			of(words[2]).Type = words[3]
		case strings.HasPrefix(line, "#"):
		default:
			query, err := ParseQuery(line)
			if err != nil || len(query.Selectors) != 1 {
				return nil, fmt.Errorf("the line %q is no sample (%w)", line, err)
			}
			sample := query.Selectors[0]
			m := all[sample.Metric]
			if m == nil {
				m = all[Base(sample.Metric)]
			}
			if m == nil {
				return nil, fmt.Errorf("the sample %q has no TYPE before it", line)
			}
			for _, l := range sample.Matchers {
				if l.Label != "le" && l.Label != "quantile" && !slices.Contains(m.Labels[l.Label], l.Value) {
					m.Labels[l.Label] = append(m.Labels[l.Label], l.Value)
				}
			}
		}
	}
	for _, m := range all {
		for _, values := range m.Labels {
			slices.Sort(values)
		}
	}
	return all, nil
}

// Base is the name of the histogram that a series belongs to.
func Base(series string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if name, ok := strings.CutSuffix(series, suffix); ok {
			return name
		}
	}
	return series
}
