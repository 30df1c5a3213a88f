package web

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestEveryMessageTypeIsCountedFromTheStart: a type that is new in package wire is new in
// the metrics too. The hub sends bye, and counts it as a close.
func TestEveryMessageTypeIsCountedFromTheStart(t *testing.T) {
	registry := prometheus.NewRegistry()
	newMetrics(registry)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]bool{"out bye": true}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			counted[labels["direction"]+" "+labels["type"]] = true
		}
	}
	for direction, types := range map[string]struct{ file, pattern string }{
		"in":  {"../internal/wire/requests.go", `Request[A-Z]\w+ += "(\w+)"`},
		"out": {"../internal/wire/messages.go", `Type\(\) string +{ return "(\w+)" }`},
	} {
		text, err := os.ReadFile(types.file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(types.pattern).FindAllStringSubmatch(string(text), -1)
		if len(found) < 5 {
			t.Fatalf("%s has %d types: the pattern is out of date", types.file, len(found))
		}
		for _, match := range found {
			if !counted[direction+" "+match[1]] {
				t.Errorf("usher_ws_messages_total has no series for %s %s from the start", direction, match[1])
			}
		}
	}
}
