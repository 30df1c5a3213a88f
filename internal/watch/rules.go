package watch

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// Rule is one alert rule of Prometheus.
type Rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// ParseRules reads a file of alert rules, in order.
func ParseRules(text []byte) ([]Rule, error) {
	var file struct {
		Groups []struct {
			Rules []Rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("alert rules: %w", err)
	}
	var all []Rule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all, nil
}

// RuleTest is one unit test of the alert rules.
type RuleTest struct {
	Alerts []struct {
		Alert    string `yaml:"alertname"`
		Expected []any  `yaml:"exp_alerts"`
	} `yaml:"alert_rule_test"`
}

// ParseRuleTests reads the unit tests of promtool.
func ParseRuleTests(text []byte) ([]RuleTest, error) {
	var file struct {
		Tests []RuleTest `yaml:"tests"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("tests of alert rules: %w", err)
	}
	return file.Tests, nil
}
