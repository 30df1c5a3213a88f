package docs

import (
	"html/template"
	"path"
	"slices"
	"strings"
)

// operation is one method of one path, as its page shows it.
type operation struct {
	ID, Method, Path, Summary string
	Description               template.HTML
	Session                   string // who may call it, as a sentence
	Parameters                []parameter
	Body                      *content
	Answers                   []answer
	Codes                     []string
	Curl                      []example
}

type parameter struct {
	Name, In, Example string
	Required, Shown   bool // Shown: the example command has it
	Kind, Description template.HTML
}

// content is what a body may be.
type content struct {
	Media       string
	Required    bool
	Kind        template.HTML
	Description template.HTML
	Fields      []fieldRow // of an object that is described in place
	Examples    []example
}

// example is a text to read or to copy.
type example struct{ Title, Text string }

type answer struct {
	Status, Name string
	Description  template.HTML
	Headers      []parameter
	Contents     []content
}

type tagged struct {
	heading
	Description template.HTML
	Operations  []operation
}

type httpData struct {
	Intro template.HTML
	Tags  []tagged
	Hooks []operation
}

var statusNames = map[string]string{
	"101": "Switching protocols", "200": "OK", "201": "Created", "202": "Accepted", "204": "No content", "302": "Found", "304": "Not modified",
	"400": "Bad request", "401": "Unauthorized", "402": "Payment required", "403": "Forbidden", "404": "Not found", "409": "Conflict", "410": "Gone",
	"413": "Content too large", "415": "Unsupported media type", "422": "Unprocessable", "426": "Upgrade required", "429": "Too many requests", "503": "Unavailable",
	"2XX": "Any success", "default": "Any error",
}

func (d documents) httpPage(lines examples) page {
	data := httpData{Intro: markdown(d.http.at("info", "description").text())}
	p := page{Name: "http", Title: "HTTP"}
	p.Groups = append(p.Groups, group{Entries: []entry{{ID: "forms", Label: "Forms and rules", Find: "errors strict season times money unknown fields request id"}}})
	for _, tag := range d.http.at("tags").items() {
		name := tag.at("name").text()
		shown := tagged{heading: heading{idOf(name), name}, Description: inline(tag.at("description").text())}
		g := group{Title: name}
		for _, route := range d.http.at("paths").fields() {
			for _, method := range route.node.fields() {
				if method.node.at("tags").items()[0].text() != name {
					continue
				}
				o := d.operation(method.name, route.name, method.node, lines)
				shown.Operations = append(shown.Operations, o)
				g.Entries = append(g.Entries, entry{ID: o.ID, Label: route.name, Method: o.Method, Find: o.Summary + " " + o.ID + " " + strings.Join(o.Codes, " ")})
			}
		}
		data.Tags = append(data.Tags, shown)
		p.Groups = append(p.Groups, g)
	}
	hooks := group{Title: "Webhooks"}
	for _, hook := range d.http.at("webhooks").fields() {
		for _, method := range hook.node.fields() {
			o := d.operation(method.name, hook.name, method.node, lines)
			o.Curl, o.Session = nil, "Your server receives it from a node that was started with --feed-url."
			data.Hooks = append(data.Hooks, o)
			hooks.Entries = append(hooks.Entries, entry{ID: o.ID, Label: hook.name, Method: o.Method, Find: o.Summary})
		}
	}
	p.Groups = append(p.Groups, hooks)
	p.data = data
	return p
}

func idOf(title string) string {
	return strings.ReplaceAll(strings.ToLower(title), " ", "-")
}

func (d documents) operation(method, route string, n node, lines examples) operation {
	o := operation{
		ID: n.at("operationId").text(), Method: strings.ToUpper(method), Path: route, Summary: n.at("summary").text(),
		Description: markdown(n.at("description").text()), Session: sessionOf(n),
	}
	for _, each := range n.at("parameters").items() {
		each, _ = d.resolve(each)
		o.Parameters = append(o.Parameters, d.parameter(each.at("name").text(), each))
	}
	for _, code := range n.at("x-codes").items() {
		o.Codes = append(o.Codes, code.text())
	}
	media, bodies := "", []example{{}}
	if body := n.at("requestBody"); body.exists() {
		shown := d.contents(body.at("content"))[0]
		shown.Required, shown.Description = body.at("required").isTrue(), inline(body.at("description").text())
		o.Body, media = &shown, shown.Media
		if len(shown.Examples) > 0 {
			bodies = d.compact(body.at("content", media))
		}
	}
	file := ""
	for _, status := range n.at("responses").fields() {
		response, _ := d.resolve(status.node)
		a := answer{Status: status.name, Name: statusNames[status.name], Description: inline(response.at("description").text())}
		for _, header := range response.at("headers").fields() {
			a.Headers = append(a.Headers, d.parameter(header.name, header.node))
		}
		a.Contents = d.contents(response.at("content"))
		if status.name[0] >= '4' {
			a.Contents = nil // every problem looks the same: the page of the problems shows one
		}
		if status.name == "200" && len(a.Contents) == 1 && isBinary(a.Contents[0].Media) {
			file = path.Base(route)
		}
		o.Answers = append(o.Answers, a)
	}
	needs := !n.at("security").exists()
	for _, body := range bodies {
		o.Curl = append(o.Curl, example{body.Title, lines.curl(o.Method, route, o.Parameters, needs, media, body.Text, file)})
	}
	return o
}

// isBinary reports whether a terminal cannot show the media type.
func isBinary(media string) bool {
	return slices.Contains([]string{"image/png", "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, media)
}

// sessionOf says who may call an operation.
func sessionOf(n node) string {
	security := n.at("security")
	switch role := n.at("x-role").text(); {
	case role == "desk":
		return "Needs a session with the role desk or admin."
	case role != "":
		return "Needs a session with the role " + role + "."
	case !security.exists():
		return "Needs a session."
	case len(security.items()) > 0:
		return "A session is optional."
	}
	return "Needs no session."
}

func (d documents) parameter(name string, n node) parameter {
	example := n.at("example").text()
	return parameter{
		Name: name, In: n.at("in").text(), Example: example, Required: n.at("required").isTrue(),
		Shown: n.at("required").isTrue(), Kind: d.kind(n.at("schema")), Description: inline(n.at("description").text()),
	}
}

// contents returns the forms of a body.
func (d documents) contents(n node) (all []content) {
	for _, form := range n.fields() {
		c := content{Media: form.name, Kind: d.kind(form.node.at("schema"))}
		if target, name := d.resolve(form.node.at("schema")); name != "" && target.at("additionalProperties").value == false {
			c.Fields = d.fieldRows(target) // a request: its fields are of use here
		}
		indent := "  "
		if form.name == "text/csv" || form.name == "text/plain" {
			c.Examples = append(c.Examples, plainExamples(form.node)...)
		} else {
			c.Examples = append(c.Examples, exampleTexts(form.node, indent)...)
		}
		all = append(all, c)
	}
	return all
}

func plainExamples(n node) []example {
	if text := n.at("example").text(); text != "" {
		return []example{{Text: strings.TrimSpace(text)}}
	}
	return nil
}

func exampleTexts(n node, indent string) (all []example) {
	if one := n.at("example"); one.exists() {
		return []example{{Text: one.json(indent)}}
	}
	for _, each := range n.at("examples").fields() {
		all = append(all, example{each.node.at("summary").text(), each.node.at("value").json(indent)})
	}
	return all
}

// compact returns the examples of a body on one line each, as a command needs them.
func (d documents) compact(n node) []example {
	if text := n.at("example").text(); text != "" { // no JSON
		return []example{{Text: text}}
	}
	return exampleTexts(n, "")
}
