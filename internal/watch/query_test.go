package watch_test

import (
	"fmt"
	"testing"

	"usher/internal/watch"
)

func TestParseQuery(t *testing.T) {
	for expr, want := range map[string]string{
		`up{job="usher"} == 0`:                                   `[{up [{job = usher}]}] []`,
		`sum by (le, route) (rate(a_bucket{x!~"b|c"}[5m]))`:      `[{a_bucket [{x !~ b|c}]}] [le route]`,
		`sum(rate(a[5m])) by (x) / max(b) > 0.5e3 and on () (c)`: `[{a []} {b []} {c []}] [x]`,
		`(sum(a) or vector(0)) == 0`:                             `[{a []}] []`,
		`topk(10, histogram_quantile(0.99, a{b="}\"", c=~"d"}))`: `[{a [{b = }"} {c =~ d}]}] []`,
		`a offset 5m unless ignoring (x) sum by (y) (b)`:         `[{a []} {b []}] [x y]`,
		`sum by (x) (a) + sum`:                                   `[{a []} {sum []}] [x]`,
	} {
		query, err := watch.ParseQuery(expr)
		if got := fmt.Sprint(query.Selectors, query.Grouping); err != nil || got != want {
			t.Errorf("%s names %s (%v), want %s", expr, got, err, want)
		}
	}
	for _, expr := range []string{`a{b}`, `a{b="c"`, `a{b="c`, `a[5m`, `sum by (a`} {
		if _, err := watch.ParseQuery(expr); err == nil {
			t.Errorf("%s is accepted, want an error", expr)
		}
	}
}

func TestParseMetrics(t *testing.T) {
	metrics, err := watch.ParseMetrics(`# HELP a_seconds How long.
# TYPE a_seconds histogram
a_seconds_bucket{x="2",le="0.1"} 0
a_seconds_bucket{x="1",le="+Inf"} 1e-05
a_seconds_sum{x="1"} 0
a_seconds_count{x="1"} 0
# TYPE b_count counter
b_count 3
`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*metrics["a_seconds"], *metrics["b_count"]), "{a_seconds histogram How long. map[x:[1 2]]} {b_count counter  map[]}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := watch.ParseMetrics("a 1\n"); err == nil {
		t.Error("a sample without a TYPE is accepted")
	}
}
