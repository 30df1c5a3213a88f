package docs

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// node is a part of a description. Its fields keep the order in which they are written,
// so that the pages show them in that order. The zero node is a part that is missing.
type node struct{ value any }

// field is a named part of a node.
type field struct {
	name string
	node node
}

func parse(text []byte) (node, error) {
	var value any
	err := yaml.UnmarshalWithOptions(text, &value, yaml.UseOrderedMap())
	return node{value}, err
}

// at returns the part below these names.
func (n node) at(names ...string) node {
	for _, name := range names {
		fields, _ := n.value.(yaml.MapSlice)
		n = node{}
		for _, each := range fields {
			if fmt.Sprint(each.Key) == name {
				n = node{each.Value}
				break
			}
		}
	}
	return n
}

func (n node) exists() bool { return n.value != nil }

// text returns a scalar as text, "" for anything else.
func (n node) text() string {
	switch value := n.value.(type) {
	case nil, yaml.MapSlice, []any:
		return ""
	default:
		return fmt.Sprint(value)
	}
}

func (n node) isTrue() bool { return n.value == true }

// fields returns the parts of an object in their order.
func (n node) fields() (parts []field) {
	slice, _ := n.value.(yaml.MapSlice)
	for _, each := range slice {
		parts = append(parts, field{fmt.Sprint(each.Key), node{each.Value}})
	}
	return parts
}

// items returns the parts of a list.
func (n node) items() (parts []node) {
	list, _ := n.value.([]any)
	for _, each := range list {
		parts = append(parts, node{each})
	}
	return parts
}

// has reports whether a list contains a text.
func (n node) has(text string) bool {
	for _, item := range n.items() {
		if item.text() == text {
			return true
		}
	}
	return false
}

// json writes a part as JSON in its written order: on one line with indent "", else
// with an object or a list that fits on one line kept on it.
func (n node) json(indent string) string {
	short := n.line()
	if indent == "" || len(short) <= 72 {
		return short
	}
	return n.lines(indent, "\n")
}

func (n node) line() string {
	var b strings.Builder
	switch value := n.value.(type) {
	case yaml.MapSlice:
		for i, f := range n.fields() {
			b.WriteString(comma(i) + quoted(f.name) + ":" + f.node.line())
		}
		return "{" + b.String() + "}"
	case []any:
		for i, item := range n.items() {
			b.WriteString(comma(i) + item.line())
		}
		return "[" + b.String() + "]"
	default:
		return quoted(value)
	}
}

func (n node) lines(indent, before string) string {
	inner := before + indent
	var b strings.Builder
	part := func(label string, i int, each node) {
		text := each.line()
		if len(text)+len(label)+len(inner) > 84 {
			text = each.lines(indent, inner)
		}
		b.WriteString(comma(i) + inner + label + text)
	}
	switch n.value.(type) {
	case yaml.MapSlice:
		for i, f := range n.fields() {
			part(quoted(f.name)+": ", i, f.node)
		}
		return "{" + b.String() + before + "}"
	case []any:
		for i, item := range n.items() {
			part("", i, item)
		}
		return "[" + b.String() + before + "]"
	default:
		return n.line()
	}
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%q", fmt.Sprint(value)) // not reached: scalars of YAML encode
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

// documents are both descriptions.
type documents struct{ http, socket node }

func readDocuments() (documents, error) {
	http, err := parse(openAPI)
	if err != nil {
		return documents{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	socket, err := parse(asyncAPI)
	if err != nil {
		return documents{}, fmt.Errorf("asyncapi.yaml: %w", err)
	}
	return documents{http, socket}, nil
}

// resolve follows references. name is the last part of the last reference: the name of
// a schema or an answer; "" for a part that is no reference.
func (d documents) resolve(n node) (found node, name string) {
	for {
		target := n.at("$ref").text()
		if target == "" {
			return n, name
		}
		_, pointer, _ := strings.Cut(target, "#/")
		names := strings.Split(pointer, "/")
		name = names[len(names)-1]
		in := d.http
		if !in.at(names...).exists() {
			in = d.socket
		}
		n = in.at(names...)
	}
}
