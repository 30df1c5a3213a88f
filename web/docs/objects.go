package docs

import (
	"html"
	"html/template"
	"slices"
	"strings"
)

// fieldRow is a field of an object as the pages show it.
type fieldRow struct {
	Name              string
	Required          bool
	Kind, Description template.HTML
}

// object is a named schema.
type object struct {
	heading
	Kind        template.HTML
	Description template.HTML
	Fields      []fieldRow
	UsedBy      []heading // places of other pages, the ID being a whole address
}

func (d documents) objectsPage() page {
	p := page{Name: "objects", Title: "Objects"}
	var all []object
	for _, document := range []node{d.http, d.socket} {
		for _, schema := range document.at("components", "schemas").fields() {
			all = append(all, object{
				heading: heading{schema.name, schema.name}, Kind: d.kindHere(schema.node),
				Description: inline(schema.node.at("description").text()), Fields: d.fieldRows(schema.node),
			})
		}
	}
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(a.Title, b.Title) })
	g := group{}
	for _, o := range all {
		var names []string
		for _, f := range o.Fields {
			names = append(names, f.Name)
		}
		g.Entries = append(g.Entries, entry{ID: o.ID, Label: o.Title, Find: strings.Join(names, " ")})
	}
	p.Groups, p.data = []group{g}, all
	return p
}

// fieldRows returns the fields of an object in their order.
func (d documents) fieldRows(schema node) (rows []fieldRow) {
	for _, f := range schema.at("properties").fields() {
		description := f.node.at("description").text()
		if target, _ := d.resolve(f.node); description == "" && target.at("enum").exists() {
			description = target.at("description").text()
		}
		rows = append(rows, fieldRow{f.name, schema.at("required").has(f.name), d.kind(f.node), inline(description)})
	}
	return rows
}

// kind says what a schema accepts, with a link if the schema has a name.
func (d documents) kind(schema node) template.HTML {
	if _, name := d.resolve(schema); name != "" {
		return template.HTML(`<a href="/docs/objects#` + html.EscapeString(name) + `">` + html.EscapeString(name) + `</a>`) // escaped
	}
	return d.kindHere(schema)
}

// kindHere is kind for a schema that is described in place.
func (d documents) kindHere(schema node) template.HTML {
	var parts []string
	code := func(n node) string { return "<code>" + html.EscapeString(n.json("")) + "</code>" }
	switch {
	case schema.value == nil:
		return ""
	case schema.at("const").exists():
		return template.HTML(code(schema.at("const"))) // escaped
	case len(schema.at("enum").items()) > 0:
		for _, value := range schema.at("enum").items() {
			parts = append(parts, code(value))
		}
		return template.HTML(strings.Join(parts, " or ")) // escaped
	case len(schema.at("anyOf").items()) > 0:
		for _, each := range schema.at("anyOf").items() {
			parts = append(parts, string(d.kind(each)))
		}
		return template.HTML(strings.Join(parts, " or ")) // made of kinds
	}
	names := []string{schema.at("type").text()}
	if several := schema.at("type").items(); len(several) > 0 {
		names = nil
		for _, each := range several {
			names = append(names, each.text())
		}
	}
	for _, name := range names {
		if name == "array" {
			name = "list of " + string(d.kind(schema.at("items")))
		}
		parts = append(parts, name)
	}
	text := strings.Join(parts, " or ")
	if bounds := boundsOf(schema); bounds != "" {
		text += ", " + bounds
	}
	return template.HTML(text) // the names of types, and kinds
}

// boundsOf says what limits a schema sets.
func boundsOf(schema node) string {
	var parts []string
	between := func(low, high node, unit string) {
		switch {
		case low.exists() && high.exists():
			parts = append(parts, low.text()+" to "+high.text()+unit)
		case low.text() == "1" && unit != "":
			parts = append(parts, "not empty")
		case low.exists() && low.text() != "0":
			parts = append(parts, low.text()+unit+" or more")
		case high.exists():
			parts = append(parts, "at most "+high.text()+unit)
		}
	}
	between(schema.at("minimum"), schema.at("maximum"), "")
	between(schema.at("minLength"), schema.at("maxLength"), " characters")
	between(schema.at("minItems"), schema.at("maxItems"), " items")
	if pattern := schema.at("pattern").text(); pattern != "" {
		parts = append(parts, "matches <code>"+html.EscapeString(pattern)+"</code>")
	}
	if value := schema.at("default"); value.exists() {
		parts = append(parts, "by default <code>"+html.EscapeString(value.text())+"</code>")
	}
	return strings.Join(parts, ", ")
}
