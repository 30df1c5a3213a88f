package docs

import (
	"html/template"
	"strings"
)

// problem is what a code means.
type problem struct {
	heading // the title is the code
	Status  string
	Name    string
	What    template.HTML
	Do      template.HTML
	By      []heading // operations that answer it; the title is method and path
}

type problemsData struct {
	Example  string
	Problems []problem
}

func (d documents) problemsPage() page {
	var all []problem
	g := group{}
	for _, each := range d.http.at("x-problems").fields() {
		p := problem{
			heading: heading{each.name, each.name}, Status: each.node.at("status").text(), Name: each.node.at("title").text(),
			What: inline(each.node.at("what").text()), Do: inline(each.node.at("do").text()),
		}
		for _, route := range d.http.at("paths").fields() {
			for _, method := range route.node.fields() {
				if method.node.at("x-codes").has(each.name) {
					p.By = append(p.By, heading{method.node.at("operationId").text(), strings.ToUpper(method.name) + " " + route.name})
				}
			}
		}
		all = append(all, p)
		g.Entries = append(g.Entries, entry{ID: each.name, Label: each.name, Find: p.Status + " " + p.Name})
	}
	example := d.http.at("components", "responses", "Problem", "content", "application/problem+json", "example").json("  ")
	return page{Name: "problems", Title: "Problems", Groups: []group{g}, data: problemsData{example, all}}
}

// limit is one bound.
type limit struct {
	What, Most template.HTML
	Code       string // the problem beyond the limit, "" if it is none
	Beyond     string // what happens instead
}

func (d documents) limitsPage() page {
	var all []limit
	for _, each := range d.http.at("x-limits").items() {
		l := limit{What: inline(each.at("what").text()), Most: inline(each.at("most").text())}
		if beyond := each.at("beyond").text(); d.http.at("x-problems", beyond).exists() {
			l.Code = beyond
		} else {
			l.Beyond = beyond
		}
		all = append(all, l)
	}
	return page{Name: "limits", Title: "Limits", Groups: []group{{Entries: []entry{{ID: "limits", Label: "All limits", Find: "rate size seats sockets sessions"}}}}, data: all}
}
