package docs_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/hub"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

func load(t testing.TB) *conform.Spec {
	t.Helper()
	spec, err := conform.Load()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func at(node any, path ...string) any {
	for _, name := range path {
		object, _ := node.(map[string]any)
		node = object[name]
	}
	return node
}

func list(node any) (texts []string) {
	items, _ := node.([]any)
	for _, item := range items {
		texts = append(texts, fmt.Sprint(item))
	}
	slices.Sort(texts)
	return texts
}

func keys(node any) []string {
	object, _ := node.(map[string]any)
	return slices.Sorted(maps.Keys(object))
}

// shape is what a Go type says in JSON: its fields, and those that are always there.
type shape struct{ fields, always []string }

// shapes reads the types with JSON fields from Go files, as they are written.
func shapes(t *testing.T, pattern string) map[string]shape {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	types := map[string]*ast.StructType{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, is := n.(*ast.TypeSpec); is {
				if fields, is := spec.Type.(*ast.StructType); is {
					types[spec.Name.Name] = fields
				}
			}
			return true
		})
	}
	found := map[string]shape{}
	var read func(of *ast.StructType) shape
	read = func(of *ast.StructType) (s shape) {
		for _, field := range of.Fields.List {
			if len(field.Names) == 0 { // embedded
				if name, is := field.Type.(*ast.Ident); is && types[name.Name] != nil {
					inner := read(types[name.Name])
					s.fields, s.always = append(s.fields, inner.fields...), append(s.always, inner.always...)
				}
				continue
			}
			if field.Tag == nil {
				continue
			}
			tag, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				t.Fatal(err)
			}
			name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			s.fields = append(s.fields, name)
			if options != "omitempty" {
				s.always = append(s.always, name)
			}
		}
		slices.Sort(s.fields)
		slices.Sort(s.always)
		return s
	}
	for name, of := range types {
		if s := read(of); len(s.fields) > 0 {
			found[name] = s
		}
	}
	return found
}

// requests are the schemas of request bodies. TestRequests of package web holds them
// beside the server.
var requests = []string{"GoogleSignIn", "DevSignIn", "Join", "Hold", "Purchase", "Refund", "DeskRefund", "DeskMove", "CancelSeason", "CheckInRequest", "Lookup", "SettingsPatch", "Pause", "NoticeChange", "LookPatch", "DeskRequest"}

// TestEveryObjectHasTheFieldsOfItsGoType compares the schemas with the Go types that
// the server encodes, both ways.
func TestEveryObjectHasTheFieldsOfItsGoType(t *testing.T) {
	spec := load(t)
	schemas, _ := at(spec.HTTP, "components", "schemas").(map[string]any)
	types := map[string]shape{}
	messages := map[string]bool{}
	for name, s := range shapes(t, "../../internal/wire/shapes*.go") {
		types[name] = s
	}
	for name := range shapes(t, "../../internal/wire/messages.go") {
		messages[name] = true
	}
	for prefix, pattern := range map[string]string{
		"Event": "../../booking/feed/event.go", "Draw": "../../internal/draw/account.go",
		"settings": "../../booking/settings.go", "import": "../../booking/plan_publish.go", "row": "../../internal/fault/fault.go",
	} {
		for name, s := range shapes(t, pattern) {
			switch {
			case prefix == "Event" && name == "Body":
				name = "Event"
			case prefix == "Event", name == "Account":
				name = prefix + name
			}
			types[name] = s
		}
	}
	for name, s := range types {
		schema, is := schemas[name].(map[string]any)
		if !is {
			t.Errorf("openapi.yaml has no schema for the type %s, with the fields %v", name, s.fields)
			continue
		}
		compare(t, name, schema, s)
	}
	for name, schema := range schemas {
		_, hasFields := schema.(map[string]any)["properties"]
		if _, known := types[name]; hasFields && !known && !slices.Contains(append(requests, "KeySet", "SeatCounts"), name) {
			t.Errorf("no Go type has the fields of the schema %s", name)
		}
	}
	if len(types) < 40 || len(messages) < 14 {
		t.Errorf("only %d types and %d messages were found: the patterns are wrong", len(types), len(messages))
	}
}

func compare(t *testing.T, name string, schema map[string]any, s shape) {
	t.Helper()
	if got := keys(schema["properties"]); !slices.Equal(got, s.fields) {
		t.Errorf("%s has the fields\n%v in the description, and\n%v in Go", name, got, s.fields)
	}
	if schema["additionalProperties"] == false && slices.Contains([]string{"Best", "Payment"}, name) {
		return // requests: a field may be required that Go leaves to the check
	}
	if got := list(schema["required"]); !slices.Equal(got, s.always) {
		t.Errorf("%s always has the fields\n%v in the description, and\n%v in Go", name, got, s.always)
	}
}

// messageTypes reads which Go type of package wire has which "type".
func messageTypes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/wire/messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, declared := range file.Decls {
		method, is := declared.(*ast.FuncDecl)
		if !is || method.Name.Name != "Type" || method.Recv == nil {
			continue
		}
		answer := method.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
		kind, err := strconv.Unquote(answer.Value)
		if err != nil {
			t.Fatal(err)
		}
		types[method.Recv.List[0].Type.(*ast.Ident).Name] = kind
	}
	return types
}

// TestEveryMessageIsDescribed compares the messages and their fields with package wire,
// both ways.
func TestEveryMessageIsDescribed(t *testing.T) {
	spec := load(t)
	described, _ := at(spec.Socket, "components", "messages").(map[string]any)
	structs := shapes(t, "../../internal/wire/messages.go")
	expected := map[string]bool{}
	for goName, kind := range messageTypes(t) {
		name := strings.ToLower(goName[:1]) + strings.TrimSuffix(goName[1:], "Message")
		expected[name] = true
		payload, is := at(described, name, "payload").(map[string]any)
		if !is {
			t.Errorf("asyncapi.yaml has no message %s for the type %s", name, goName)
			continue
		}
		if at(payload, "properties", "type", "const") != kind || at(described, name, "name") != kind {
			t.Errorf("%s is a %v, want %s", name, at(payload, "properties", "type", "const"), kind)
		}
		s := structs[goName]
		s.fields = slices.Sorted(slices.Values(append([]string{"type"}, s.fields...)))
		s.always = slices.Sorted(slices.Values(append([]string{"type"}, s.always...)))
		compare(t, name, payload, s)
	}
	for _, help := range wire.NewHelp(nil).Types {
		name := "ask" + strings.ToUpper(help.Type[:1]) + help.Type[1:]
		expected[name] = true
		want := slices.Sorted(slices.Values(append([]string{"id", "type"}, help.With...)))
		if got := keys(at(described, name, "payload", "properties")); !slices.Equal(got, want) {
			t.Errorf("%s has the fields %v in the description, %v in package wire", name, got, want)
		}
		if at(spec.Socket, "operations", help.Type) == nil {
			t.Errorf("asyncapi.yaml has no operation %s", help.Type)
		}
	}
	for _, name := range keys(described) {
		if !expected[name] {
			t.Errorf("package wire has no message %s", name)
		}
		if at(spec.Socket, "channels", "season", "messages", name) == nil {
			t.Errorf("the channel does not list %s", name)
		}
	}
	if got, want := keys(at(spec.Socket, "channels", "season", "messages")), keys(described); !slices.Equal(got, want) {
		t.Errorf("the channel lists %v, want %v", got, want)
	}
	compare(t, "HelpType", at(spec.Socket, "components", "schemas", "HelpType").(map[string]any), structs["HelpType"])
}

// TestTheFixturesOfTheProtocolFit: what the browser app and package wire are tested
// with fits the description.
func TestTheFixturesOfTheProtocolFit(t *testing.T) {
	spec := load(t)
	read := func(folder string, check func(text []byte) error) {
		paths, err := filepath.Glob("../../internal/wire/testdata/" + folder + "/*.json")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no fixtures: %v", err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	read("server", spec.Frame)
	read("client", func(text []byte) error {
		var head struct{ Type string }
		if err := json.Unmarshal(text, &head); err != nil {
			return err
		}
		return spec.ValidateText("asyncapi.yaml", requestAt(head.Type), text)
	})
}

func requestAt(kind string) string {
	return "/components/messages/ask" + strings.ToUpper(kind[:1]) + kind[1:] + "/payload"
}

// TestEveryCodeIsDescribed compares the codes and close codes with the code.
func TestEveryCodeIsDescribed(t *testing.T) {
	spec := load(t)
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if kind, is := spec.Type.(*ast.Ident); is && kind.Name == "Code" {
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			codes = append(codes, text)
		}
		return true
	})
	slices.Sort(codes)
	if got := list(at(spec.HTTP, "components", "schemas", "Code", "enum")); !slices.Equal(got, codes) {
		t.Errorf("the schema Code has\n%v, package fault\n%v", got, codes)
	}
	if got := keys(at(spec.HTTP, "x-problems")); !slices.Equal(got, codes) {
		t.Errorf("x-problems has\n%v, package fault\n%v", got, codes)
	}
	var closes, standard []string
	described, _ := at(spec.Socket, "x-close-codes").([]any)
	for _, each := range described {
		text := fmt.Sprint(at(each, "code"), " ", at(each, "reason"), ": ", at(each, "why"), ": ", at(each, "back"))
		if at(each, "standard") == true {
			standard = append(standard, fmt.Sprint(at(each, "code"), " ", at(each, "reason")))
		} else {
			closes = append(closes, text)
		}
	}
	var want []string
	for _, c := range wire.Closes() {
		want = append(want, fmt.Sprintf("%d %s: %s: %s", c.Code, c.Reason, c.Why, c.Back))
	}
	if !slices.Equal(closes, want) {
		t.Errorf("x-close-codes has\n%v, package wire\n%v", closes, want)
	}
	want = []string{
		fmt.Sprint(hub.CloseProtocol, " ", hub.ReasonProtocol), fmt.Sprint(hub.CloseUnsupported, " ", hub.ReasonUnsupported),
		fmt.Sprint(hub.CloseInvalidText, " ", hub.ReasonInvalidText), fmt.Sprint(hub.CloseInternal, " ", hub.ReasonInternal),
	}
	if !slices.Equal(standard, want) {
		t.Errorf("the standard close codes are %v, want %v", standard, want)
	}
	var reasons []string
	for _, each := range described {
		reasons = append(reasons, fmt.Sprint(at(each, "reason")))
	}
	slices.Sort(reasons)
	if got := list(at(spec.Socket, "components", "messages", "bye", "payload", "properties", "reason", "enum")); !slices.Equal(got, reasons) {
		t.Errorf("bye has the reasons %v, the close codes %v", got, reasons)
	}
}
