package docs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

// TestTheDescriptionAgreesWithItself: every reference leads somewhere, every part is
// used, and the codes of each operation have their statuses.
func TestTheDescriptionAgreesWithItself(t *testing.T) {
	spec := load(t)
	used := map[string]bool{}
	var walk func(where string, document, node any)
	walk = func(where string, document, node any) {
		switch node := node.(type) {
		case map[string]any:
			if target, is := node["$ref"].(string); is {
				file, pointer, _ := strings.Cut(target, "#")
				in := document
				if file != "" {
					in = any(spec.HTTP)
				}
				if at(in, strings.Split(pointer, "/")[1:]...) == nil {
					t.Errorf("%s: %s leads nowhere", where, target)
				}
				used[pointer] = true
			}
			for name, each := range node {
				walk(where+"/"+name, document, each)
			}
		case []any:
			for i, each := range node {
				walk(fmt.Sprint(where, "/", i), document, each)
			}
		}
	}
	walk("openapi.yaml", spec.HTTP, spec.HTTP)
	walk("asyncapi.yaml", spec.Socket, spec.Socket)
	for _, kind := range []string{"schemas", "responses", "parameters"} {
		for _, name := range keys(at(spec.HTTP, "components", kind)) {
			if !used["/components/"+kind+"/"+name] {
				t.Errorf("openapi.yaml uses the part %s/%s nowhere", kind, name)
			}
		}
	}
	ids := map[string]bool{}
	for _, operation := range spec.Operations() {
		what := operation.Method + " " + operation.Path
		id := fmt.Sprint(operation.Object["operationId"])
		if ids[id] || id == "<nil>" {
			t.Errorf("%s: the operationId %s is missing or not unique", what, id)
		}
		ids[id] = true
		if summary, _ := operation.Object["summary"].(string); summary == "" || strings.HasSuffix(summary, ".") {
			t.Errorf("%s: the summary is %q", what, summary)
		}
		statuses := map[string]bool{}
		for _, code := range operation.Codes() {
			status := at(spec.HTTP, "x-problems", code, "status")
			if status == nil {
				t.Errorf("%s: unknown code %s", what, code)
			}
			statuses[fmt.Sprint(status)] = true
		}
		for _, status := range keys(operation.Object["responses"]) {
			if status[0] != '4' && status[0] != '5' || status == "426" {
				continue
			}
			if !statuses[status] {
				t.Errorf("%s: no code of x-codes has the status %s", what, status)
			}
			delete(statuses, status)
		}
		for status := range statuses {
			t.Errorf("%s: x-codes has a code with the status %s, which the responses lack", what, status)
		}
		for _, name := range strings.Split(operation.Path, "/") {
			if strings.HasPrefix(name, "{") && !hasParameter(spec, operation, strings.Trim(name, "{}")) {
				t.Errorf("%s: the parameter %s is not described", what, name)
			}
		}
	}
}

func hasParameter(spec *conform.Spec, operation *conform.Operation, name string) bool {
	parameters, _ := operation.Object["parameters"].([]any)
	for _, each := range parameters {
		if parameter, _ := spec.Resolve(each.(map[string]any), ""); parameter["name"] == name && parameter["in"] == "path" {
			return true
		}
	}
	return false
}

// TestEveryExampleFits validates each example against its schema, and requires one
// for each JSON body and each message.
func TestEveryExampleFits(t *testing.T) {
	spec := load(t)
	checked := 0
	check := func(document, where, schema string, value any) {
		checked++
		if err := spec.Validate(document, schema, value); err != nil {
			t.Errorf("%s %s: %v", document, where, err)
		}
	}
	var walk func(where string, node any)
	walk = func(where string, node any) {
		switch node := node.(type) {
		case map[string]any:
			if _, is := node["schema"]; is {
				if example, is := node["example"]; is {
					check("openapi.yaml", where, where+"/schema", example)
				}
				examples, _ := node["examples"].(map[string]any)
				for name, example := range examples {
					check("openapi.yaml", where+" "+name, where+"/schema", at(example, "value"))
				}
				if strings.HasSuffix(where, "/content/application~1json") && node["example"] == nil && examples == nil {
					t.Errorf("%s has no example", where)
				}
			}
			for name, each := range node {
				walk(where+"/"+strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1"), each)
			}
		case []any:
			for i, each := range node {
				walk(fmt.Sprint(where, "/", i), each)
			}
		}
	}
	walk("", spec.HTTP)
	for name, message := range at(spec.Socket, "components", "messages").(map[string]any) {
		examples, _ := at(message, "examples").([]any)
		if len(examples) == 0 {
			t.Errorf("the message %s has no example", name)
		}
		for i, example := range examples {
			check("asyncapi.yaml", fmt.Sprint(name, " ", i), "/components/messages/"+name+"/payload", at(example, "payload"))
			if strings.HasPrefix(name, "ask") {
				text, err := json.Marshal(at(example, "payload"))
				if err == nil {
					_, err = wire.Decode(text)
				}
				if err != nil {
					t.Errorf("%s %d: the server refuses the example: %v", name, i, err)
				}
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d examples were found", checked)
	}
}
