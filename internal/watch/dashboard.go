package watch

import (
	"encoding/json"
	"fmt"
)

// Panel is one panel of the dashboard. Width is in Grafana's 24 columns.
type Panel struct {
	Title, About string
	Kind         string // timeseries, stat or table
	Unit         string // of Grafana: short, s, ops, percentunit, bytes
	Width        int
	Queries      []PanelQuery
}

// PanelQuery is one query of a panel. Legend is a template of Grafana, with labels such as
// {{season}}.
type PanelQuery struct{ Expr, Legend string }

// Row is a group of panels under a heading.
type Row struct {
	Title  string
	Panels []Panel
}

const panelHeight = 8

// Dashboard returns the JSON of the Grafana dashboard.
func Dashboard() ([]byte, error) {
	type object = map[string]any
	source := object{"type": "prometheus", "uid": "${source}"}
	var panels []object
	id, y := 0, 0
	for _, row := range Rows() {
		id++
		panels = append(panels, object{
			"id": id, "type": "row", "title": row.Title, "collapsed": false, "panels": []any{},
			"gridPos": object{"h": 1, "w": 24, "x": 0, "y": y},
		})
		y++
		x := 0
		for _, p := range row.Panels {
			if x+p.Width > 24 {
				x, y = 0, y+panelHeight
			}
			id++
			panels = append(panels, object{
				"id": id, "type": p.Kind, "title": p.Title, "description": p.About, "datasource": source,
				"gridPos": object{"h": panelHeight, "w": p.Width, "x": x, "y": y},
				"fieldConfig": object{
					"defaults":  object{"unit": p.Unit, "min": 0, "custom": object{"fillOpacity": 10, "lineWidth": 2, "showPoints": "never", "spanNulls": false}},
					"overrides": []any{},
				},
				"options": options(p.Kind), "targets": targets(p, source),
			})
			x += p.Width
		}
		y += panelHeight
	}
	variable := func(name, label, query string) object {
		return object{
			"name": name, "label": label, "type": "query", "datasource": source, "query": query, "definition": query,
			"refresh": 2, "multi": true, "includeAll": true, "current": object{"text": "All", "value": "$__all"}, "sort": 1,
		}
	}
	text, err := json.MarshalIndent(object{
		"uid": "usher", "title": "Usher", "tags": []string{"usher"}, "schemaVersion": 39, "version": 1, "editable": true,
		"description": "The line, the sale, sockets, stores and nodes of Usher. docs/metrics.md explains each metric.",
		"time":        object{"from": "now-1h", "to": "now"}, "refresh": "10s", "graphTooltip": 1, "timezone": "browser",
		"templating": object{"list": []object{
			{"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus", "current": object{}},
			variable("season", "Season", "label_values(usher_queue_limit, season)"),
			variable("node", "Node", "label_values(usher_ready, instance)"),
		}},
		"annotations": object{"list": []any{}}, "links": []any{}, "panels": panels,
	}, "", "  ")
	return append(text, '\n'), err
}

func options(kind string) map[string]any {
	switch kind {
	case "stat":
		return map[string]any{"colorMode": "value", "graphMode": "area", "textMode": "auto", "reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}}}
	case "table":
		return map[string]any{"showHeader": true}
	}
	return map[string]any{
		"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
	}
}

func targets(p Panel, source any) []map[string]any {
	var all []map[string]any
	for i, q := range p.Queries {
		target := map[string]any{"refId": string(rune('A' + i)), "datasource": source, "expr": q.Expr, "legendFormat": q.Legend}
		if p.Kind == "table" {
			target["format"], target["instant"] = "table", true
		}
		all = append(all, target)
	}
	return all
}

// quantiles returns the 50th, 95th and 99th percentile of a histogram.
func quantiles(histogram, matchers string) (all []PanelQuery) {
	for _, percent := range []int{50, 95, 99} {
		all = append(all, PanelQuery{
			fmt.Sprintf("histogram_quantile(0.%d, sum by (le) (rate(%s_bucket{%s}[$__rate_interval])))", percent, histogram, matchers),
			fmt.Sprintf("p%d", percent),
		})
	}
	return all
}
