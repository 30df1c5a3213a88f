// Package conform holds what a node says beside openapi.yaml and asyncapi.yaml. [Watch]
// puts a check between the tests of a package and the nodes that they talk to: every
// answer over HTTP and every frame of a socket must fit its description, without a
// field that the description lacks.
package conform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"usher/web/docs"
)

// Spec are the two descriptions, ready to check against. Safe for concurrent use.
type Spec struct {
	HTTP, Socket map[string]any // the documents; objects of answers have additionalProperties false
	operations   []*Operation
	messages     map[string][]*message // of the server, by type

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema // by location
}

// Operation is one method of one path.
type Operation struct {
	Method, Path string
	Object       map[string]any
	at           string // its JSON pointer
	parts        []string
}

type message struct {
	payload map[string]any
	at      string // of its payload
}

// The addresses that references between the documents resolve to.
const (
	httpURL   = "https://usher.test/openapi.yaml"
	socketURL = "https://usher.test/asyncapi.yaml"
)

// Load reads the descriptions that the program embeds, once for each test binary.
func Load() (*Spec, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Spec, error) {
	s := &Spec{messages: map[string][]*message{}, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	for url, document := range map[string]struct {
		text []byte
		into *map[string]any
	}{httpURL: {docs.OpenAPI(), &s.HTTP}, socketURL: {docs.AsyncAPI(), &s.Socket}} {
		text, err := yaml.YAMLToJSON(document.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
		decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
		closeObjects(decoded)
		*document.into = decoded.(map[string]any)
		if err := s.compiler.AddResource(url, decoded); err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
	}
	for path, methods := range object(s.HTTP, "paths") {
		for method, operation := range methods.(map[string]any) {
			s.operations = append(s.operations, &Operation{
				Method: strings.ToUpper(method), Path: path, Object: operation.(map[string]any),
				at: "/paths/" + escape(path) + "/" + method, parts: strings.Split(path, "/"),
			})
		}
	}
	for name, each := range object(s.Socket, "components", "messages") {
		if strings.HasPrefix(name, "ask") {
			continue
		}
		payload := object(each, "payload")
		kind, _ := object(payload, "properties", "type")["const"].(string)
		s.messages[kind] = append(s.messages[kind], &message{payload, "/components/messages/" + name + "/payload"})
	}
	return s, nil
}

// Operations returns every operation, by path and method.
func (s *Spec) Operations() []*Operation {
	return slices.SortedFunc(slices.Values(s.operations), func(a, b *Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
}

// closeObjects makes fields that an object does not list an error, in answers too. The
// published documents leave answers open, because clients ignore such fields.
func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, listed := node["properties"]; listed && node["type"] == "object" {
			if _, said := node["additionalProperties"]; !said {
				node["additionalProperties"] = false
			}
		}
		for _, each := range node {
			closeObjects(each)
		}
	case []any:
		for _, each := range node {
			closeObjects(each)
		}
	}
}

// object returns the object at a path of fields, nil if there is none.
func object(node any, path ...string) map[string]any {
	found, _ := node.(map[string]any)
	for _, name := range path {
		found, _ = found[name].(map[string]any)
	}
	return found
}

func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// Resolve follows a reference inside openapi.yaml and returns what it names, with its
// place. What is no reference is returned as it is.
func (s *Spec) Resolve(node map[string]any, at string) (map[string]any, string) {
	for {
		target, is := node["$ref"].(string)
		if !is {
			return node, at
		}
		at = strings.TrimPrefix(target, "#")
		var found any = s.HTTP
		for _, name := range strings.Split(at, "/")[1:] {
			found = object(found)[strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")]
		}
		node = object(found)
	}
}

// Validate checks a decoded value against the schema at a JSON pointer of a document:
// openapi.yaml, or asyncapi.yaml.
func (s *Spec) Validate(document, at string, value any) error {
	url := "https://usher.test/" + document + "#" + at
	s.mu.Lock()
	schema, known := s.compiled[url]
	if !known {
		var err error
		if schema, err = s.compiler.Compile(url); err != nil {
			s.mu.Unlock()
			return fmt.Errorf("the schema itself: %w", err)
		}
		s.compiled[url] = schema
	}
	s.mu.Unlock()
	return schema.Validate(value)
}

// ValidateText is Validate for JSON text.
func (s *Spec) ValidateText(document, at string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(document, at, value)
}

// Find returns the operation of a request, and whether any operation has its path.
func (s *Spec) Find(r *http.Request) (found *Operation, path bool) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	given := strings.Split(r.URL.EscapedPath(), "/")
	best := -1
	for _, operation := range s.operations {
		literal := fits(operation.parts, given)
		if literal < 0 {
			continue
		}
		path = true
		if operation.Method == method && literal > best {
			found, best = operation, literal
		}
	}
	return found, path
}

// fits counts the parts of a path that are equal to the pattern's; -1 means that the
// path has another form.
func fits(pattern, given []string) int {
	if len(pattern) != len(given) {
		return -1
	}
	literal := 0
	for i, part := range pattern {
		switch {
		case part == given[i]:
			literal++
		case !strings.HasPrefix(part, "{") || given[i] == "":
			return -1
		}
	}
	return literal
}

// Frame checks a frame that a node sent over a socket.
func (s *Spec) Frame(text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	kind, _ := object(value)["type"].(string)
	kinds := s.messages[kind]
	if kinds == nil {
		return fmt.Errorf("asyncapi.yaml has no message %q of the server, only %v", kind, slices.Sorted(maps.Keys(s.messages)))
	}
	for _, each := range kinds {
		if err = s.Validate("asyncapi.yaml", each.at, value); err == nil {
			return nil
		}
	}
	return err
}

// Codes returns the codes that an operation may answer besides those that every
// operation may.
func (o *Operation) Codes() []string {
	var codes []string
	list, _ := o.Object["x-codes"].([]any)
	for _, code := range list {
		codes = append(codes, fmt.Sprint(code))
	}
	return codes
}

// Everywhere are the codes that any operation may answer, with the status of each.
func Everywhere() map[string]int {
	return map[string]int{"invalid_request": http.StatusBadRequest, "not_found": http.StatusNotFound, "internal": http.StatusInternalServerError, "unavailable": http.StatusServiceUnavailable}
}

// number reads a number of a document.
func number(v any) int {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return int(i)
}
