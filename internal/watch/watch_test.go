package watch_test

import (
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	"usher/internal/watch"
)

var update = flag.Bool("update", false, "write docs/metrics.md and the dashboard")

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	alertsPath    = "../../deploy/prometheus/alerts.yaml"
	testsPath     = "../../deploy/prometheus/alerts_test.yaml"
	configPath    = "../../deploy/prometheus/prometheus.yaml"
	dashboardPath = "../../deploy/grafana/usher.json"
	documentPath  = "../../docs/metrics.md"
	runbookPath   = "../../docs/runbook.md"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// current compares a file with what the code makes of it; -update writes it.
func current(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the code says: run go test ./internal/watch -update", path)
	}
}

// served starts a node and returns its metrics.
func served(t *testing.T) map[string]*watch.Metric {
	t.Helper()
	n := node.Start(t, node.Options{Change: func(o *app.Options) {
		o.FeedURLs = []string{"https://shop.example/hook"}
		o.FeedSecrets = []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}})
	var metrics map[string]*watch.Metric
	testkit.Eventually(t, 30*time.Second, "the node serves the metrics of its season", func() bool {
		answer, err := http.Get(n.OpsURL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err == nil {
			metrics, err = watch.ParseMetrics(string(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		return metrics["usher_queue_open"] != nil && metrics["usher_holds_active"] != nil && len(metrics["usher_admissions_total"].Labels) > 0
	})
	return metrics
}

// use is one query, by the panel or the alert that makes it.
type use struct{ where, expr string }

func uses(t *testing.T) (all []use) {
	t.Helper()
	for _, row := range watch.Rows() {
		for _, panel := range row.Panels {
			for _, q := range panel.Queries {
				all = append(all, use{panel.Title, strings.ReplaceAll(q.Expr, "$__rate_interval", "5m")})
			}
		}
	}
	for _, rule := range rules(t) {
		all = append(all, use{"**" + rule.Alert + "**", rule.Expr})
	}
	return all
}

func rules(t *testing.T) []watch.Rule {
	t.Helper()
	all, err := watch.ParseRules([]byte(read(t, alertsPath)))
	if err != nil || len(all) == 0 {
		t.Fatalf("%s has no rules: %v", alertsPath, err)
	}
	return all
}

// ofPrometheus are labels and metrics that Prometheus adds.
var ofPrometheus = []string{"job", "instance", "le", "up"}

// TestEveryQueryNamesWhatANodeServes: metrics, labels and, where the code knows them, the
// values of labels; and every metric is looked at by a panel.
func TestEveryQueryNamesWhatANodeServes(t *testing.T) {
	metrics := served(t)
	by := map[string][]string{}
	for _, use := range uses(t) {
		query, err := watch.ParseQuery(use.expr)
		if err != nil {
			t.Errorf("%s: %v", use.where, err)
			continue
		}
		labels := slices.Clone(ofPrometheus)
		for _, s := range query.Selectors {
			if slices.Contains(ofPrometheus, s.Metric) {
				continue
			}
			m := metrics[s.Metric]
			if m == nil && metrics[watch.Base(s.Metric)] != nil && metrics[watch.Base(s.Metric)].Type == "histogram" {
				m = metrics[watch.Base(s.Metric)]
			}
			if m == nil {
				t.Errorf("%s: there is no metric %s", use.where, s.Metric)
				continue
			}
			if !slices.Contains(by[m.Name], use.where) {
				by[m.Name] = append(by[m.Name], use.where)
			}
			for _, wrong := range wrongMatchers(m, s.Matchers) {
				t.Errorf("%s: %s has no %s", use.where, s.Metric, wrong)
			}
			labels = slices.AppendSeq(labels, maps.Keys(m.Labels))
		}
		for _, label := range query.Grouping {
			if !slices.Contains(labels, label) {
				t.Errorf("%s: no metric in %q has the label %s", use.where, use.expr, label)
			}
		}
	}
	known := []string{
		"reason", "direction", "type", "season", "outcome", "budget", "result", "cause", "kept", "route", "status", "endpoint",
	}
	for name, m := range metrics {
		if !strings.HasPrefix(name, "usher_") {
			continue
		}
		if !slices.ContainsFunc(by[name], func(where string) bool { return !strings.HasPrefix(where, "**") }) {
			t.Errorf("no panel shows %s", name)
		}
		if m.Help == "" || m.Type == "" {
			t.Errorf("%s has no help or no type", name)
		}
		for label := range m.Labels {
			if !slices.Contains(known, label) {
				t.Errorf("%s has the new label %s: if it can name no user and no seat, add it here", name, label)
			}
		}
	}
	current(t, documentPath, watch.Document(metrics, by))
}

// wrongMatchers returns the conditions that no series can meet.
func wrongMatchers(m *watch.Metric, matchers []watch.Matcher) (wrong []string) {
	for _, c := range matchers {
		if slices.Contains(ofPrometheus, c.Label) {
			continue
		}
		values, has := m.Labels[c.Label]
		if !has {
			wrong = append(wrong, "label "+c.Label)
			continue
		}
		if watch.IsOpen(c.Label) {
			continue
		}
		for _, value := range strings.Split(c.Value, "|") {
			if !slices.Contains(values, value) {
				wrong = append(wrong, c.Label+`="`+value+`"`)
			}
		}
	}
	return wrong
}

func TestTheDashboardIsCurrent(t *testing.T) {
	text, err := watch.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	current(t, dashboardPath, string(text))
}

// TestPanelsDoNotOverlap: Grafana would push a panel that lies on another one down.
func TestPanelsDoNotOverlap(t *testing.T) {
	text, err := watch.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ H, W, X, Y int }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s has the id of another panel, or is wider than the page", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

// TestEveryAlertHasARunbookEntry: with what it means, what to look at and what to do.
func TestEveryAlertHasARunbookEntry(t *testing.T) {
	entries := map[string]string{}
	for _, part := range strings.Split(read(t, runbookPath), "\n### ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		entries[name] = text
	}
	all := rules(t)
	for _, rule := range all {
		entry, ok := entries[rule.Alert]
		delete(entries, rule.Alert)
		severity := rule.Labels["severity"]
		if !slices.Contains([]string{"critical", "warning", "info"}, severity) || rule.Annotations["summary"] == "" {
			t.Errorf("%s has the severity %q and the summary %q", rule.Alert, severity, rule.Annotations["summary"])
		}
		if want := "docs/runbook.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook_url"] != want {
			t.Errorf("%s leads to %s, want %s", rule.Alert, rule.Annotations["runbook_url"], want)
		}
		for _, want := range []string{"`" + severity + "`", "- **Means:** ", "- **Look at:** ", "- **Do:** "} {
			if ok && !strings.Contains(entry, want) {
				t.Errorf("the entry of %s lacks %s", rule.Alert, want)
			}
		}
		if !ok {
			t.Errorf("%s has no entry in the runbook", rule.Alert)
		}
	}
	for name := range entries {
		t.Errorf("the runbook has an entry for %s, which is no alert", name)
	}
	for _, named := range regexp.MustCompile(`Usher[A-Z][A-Za-z]+`).FindAllString(read(t, runbookPath), -1) {
		if !slices.ContainsFunc(all, func(r watch.Rule) bool { return r.Alert == named }) {
			t.Errorf("the runbook names %s, which is no alert", named)
		}
	}
}

// TestEveryAlertIsTested: each has a case in which it fires and one in which it does not.
func TestEveryAlertIsTested(t *testing.T) {
	tests, err := watch.ParseRuleTests([]byte(read(t, testsPath)))
	if err != nil {
		t.Fatal(err)
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range tests {
		for _, alert := range test.Alerts {
			if len(alert.Expected) > 0 {
				fires[alert.Alert] = true
			} else {
				silent[alert.Alert] = true
			}
		}
	}
	for _, rule := range rules(t) {
		if !fires[rule.Alert] || !silent[rule.Alert] {
			t.Errorf("%s: fires in a test: %v, stays silent in a test: %v", rule.Alert, fires[rule.Alert], silent[rule.Alert])
		}
	}
}

// TestPromtool runs the checks of Prometheus itself.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if testkit.Required("promtool") {
			t.Fatal("promtool is required here and is not in the PATH")
		}
		t.Skip("no promtool in the PATH: the alert rules are not tested")
	}
	for _, arguments := range [][]string{
		{"check", "rules", filepath.Base(alertsPath)},
		{"check", "config", filepath.Base(configPath)},
		{"test", "rules", filepath.Base(testsPath)},
	} {
		t.Run(strings.Join(arguments[:2], " "), func(t *testing.T) {
			t.Parallel()
			command := exec.Command(promtool, arguments...)
			command.Dir = filepath.Dir(alertsPath)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
			}
		})
	}
}
