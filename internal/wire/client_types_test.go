package wire_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/internal/wire"
)

//go:generate go test . -run TestTheClientHasTheTypesOfThisPackage -update

// The files of the JavaScript client that the types of this package are written to.
const (
	clientTypes  = "../../clients/js/wire.d.ts"
	clientGolden = "../../clients/js/wire_golden.js"
)

// A choice is a text field, or a map of texts, that takes one of a few values.
type choice struct {
	name   string   // of the type in the client
	values []string // all of them
	fields []string // Go type and field
}

// choices lists every field whose values a client may rely on.
var choices = []choice{
	{"LineState", []string{"none", "gathering", "waiting", "turn", "active"}, []string{"Status.State", "LineUser.State", "FoundUser.State"}},
	{"SeatStatus", []string{"available", "unavailable", "inTransaction", "booked"}, []string{"Seat.Status", "SeatNames.Seats", "Changes.Seats"}},
	{"SeatsFormat", []string{wire.FormatNames, wire.FormatBitmap}, []string{"Request.Format"}},
	{"Stock", []string{"available", "held", "gone", "none"}, []string{"Sale.Stock"}},
	{"TicketStatus", []string{"valid", "void", "used"}, []string{"Ticket.Status", "GateTicket.Status"}},
	{"TransactionStatus", []string{"pending", "completed", "cancelled"}, []string{"Transaction.Status"}},
	{"LapseReason", []string{"turn_missed", "idle", "session_ended", "put_out", "absent", "season_closed"}, []string{"Lapsed.Reason"}},
	{"CheckState", []string{string(wire.CheckOK), string(wire.CheckWarn), string(wire.CheckFail)}, []string{"CheckLine.State"}},
	{"RehearsalResult", []string{string(wire.RehearsalPassed), string(wire.RehearsalFailed), string(wire.RehearsalInterrupted), string(wire.RehearsalNotRun)}, []string{"Rehearsal.Result"}},
	{"WaitReason", []string{string(wire.WaitNotInLine), string(wire.WaitNotOpen), string(wire.WaitPaused), string(wire.WaitAbsent), string(wire.WaitNoSeat), string(wire.WaitNoPlace), string(wire.WaitAhead), string(wire.WaitRate)}, []string{"LineUser.Reasons"}},
	{"CheckInResult", []string{"admitted", "already_admitted", "invalid", "void"}, []string{"CheckIn.Result"}},
}

// rawTypes names the types of fields that stand in a message as raw JSON.
var rawTypes = map[string]string{"id": "string|number", "re": "string|number", "example": "ClientRequest", "another": "ClientRequest", "events": "unknown"}

// source is what the generator reads from this package's Go files.
type source struct {
	structs map[string]*ast.StructType
	docs    map[string]string
	types   map[string]string // "type" of each message, by the name of its struct
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{map[string]*ast.StructType{}, map[string]string{}, map[string]string{}}
	files := token.NewFileSet()
	product := func(info fs.FileInfo) bool { return !strings.HasSuffix(info.Name(), "_test.go") }
	packages, err := parser.ParseDir(files, ".", product, parser.ParseComments) //nolint:staticcheck // no type information is needed
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["wire"].Files {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					named, isType := spec.(*ast.TypeSpec)
					if !isType || !named.Name.IsExported() {
						continue
					}
					if shape, isStruct := named.Type.(*ast.StructType); isStruct {
						s.structs[named.Name.Name] = shape
						s.docs[named.Name.Name] = d.Doc.Text()
					}
				}
			case *ast.FuncDecl:
				if d.Name.Name == "Type" && d.Recv != nil {
					returned := d.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
					name, err := strconv.Unquote(returned.Value)
					if err != nil {
						t.Fatal(err)
					}
					s.types[d.Recv.List[0].Type.(*ast.Ident).Name] = name
				}
			}
		}
	}
	return s
}

// property is one field of a shape as a client sees it.
type property struct {
	name, kind, note string
	optional         bool
}

// properties returns the fields of a struct that JSON shows, in their order.
func (s source) properties(t *testing.T, owner string) []property {
	t.Helper()
	var all []property
	for _, field := range s.structs[owner].Fields.List {
		if len(field.Names) == 0 {
			all = append(all, s.properties(t, field.Type.(*ast.Ident).Name)...)
			continue
		}
		p := property{note: strings.TrimSpace(field.Comment.Text())}
		options := ""
		if field.Tag != nil {
			tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json")
			p.name, options, _ = strings.Cut(tag, ",")
		} else {
			// A request has no tags: its fields are read one by one.
			p.name = strings.ToLower(field.Names[0].Name)
		}
		p.optional = strings.Contains(options, "omitempty")
		kind := field.Type
		if pointer, isPointer := kind.(*ast.StarExpr); isPointer && p.optional {
			kind = pointer.X // left out instead of null
		}
		p.kind = kindOf(t, kind, p.name, owner+"."+field.Names[0].Name)
		all = append(all, p)
	}
	return all
}

// kindOf returns the TypeScript type of a field.
func kindOf(t *testing.T, expression ast.Expr, name, field string) string {
	t.Helper()
	for _, c := range choices {
		if slices.Contains(c.fields, field) {
			if ident, isIdent := expression.(*ast.Ident); isIdent && ident.Name == "string" {
				return c.name
			}
		}
	}
	switch e := expression.(type) {
	case *ast.Ident:
		switch e.Name {
		case "string", "Time":
			return "string"
		case "bool":
			return "boolean"
		case "int", "int64", "uint64", "float64":
			return "number"
		case "any":
			return "any"
		}
		if e.IsExported() {
			return e.Name
		}
	case *ast.StarExpr:
		return kindOf(t, e.X, name, field) + "|null"
	case *ast.ArrayType:
		if element, isIdent := e.Elt.(*ast.Ident); isIdent && element.Name == "byte" {
			return "string" // base64
		}
		return kindOf(t, e.Elt, name, field) + "[]"
	case *ast.MapType:
		return "Record<string, " + kindOf(t, e.Value, name, field) + ">"
	case *ast.SelectorExpr:
		if e.Sel.Name == "RawMessage" && rawTypes[name] != "" {
			return rawTypes[name]
		}
	}
	t.Fatalf("%s: the generator has no TypeScript type for a %T; add a case here", field, expression)
	return ""
}

// declaration writes one shape as a TypeScript interface.
func declaration(doc, name string, properties []property) string {
	var b strings.Builder
	b.WriteString("/**\n")
	for line := range strings.Lines(doc) {
		b.WriteString(strings.TrimRight(" * "+strings.TrimSpace(line), " ") + "\n")
	}
	fmt.Fprintf(&b, " */\nexport interface %s {\n", name)
	for _, p := range properties {
		if p.note != "" {
			fmt.Fprintf(&b, "  /** %s */\n", p.note)
		}
		shown := p.name
		if p.optional {
			shown += "?"
		}
		fmt.Fprintf(&b, "  %s: %s;\n", shown, p.kind)
	}
	b.WriteString("}\n\n")
	return b.String()
}

// requestName is the name of a request's type in the client.
func requestName(kind string) string {
	return strings.ToUpper(kind[:1]) + kind[1:] + "Request"
}

// request returns the fields of one type of request. A field that an example does
// without is optional.
func (s source) request(t *testing.T, entry wire.HelpType) []property {
	t.Helper()
	fields := []property{{name: "type", kind: strconv.Quote(entry.Type)}, {name: "id", kind: "string|number", note: "comes back as re", optional: true}}
	owner := "Request"
	if entry.Type == wire.RequestWish {
		owner = "WishedSeats" // whose seats are a number
	}
	for _, field := range s.properties(t, owner) {
		if !slices.Contains(entry.With, field.name) {
			continue
		}
		for _, example := range []json.RawMessage{entry.Example, entry.Another} {
			if example != nil && !strings.Contains(string(example), strconv.Quote(field.name)+":") {
				field.optional = true
			}
		}
		field.kind, field.note = strings.TrimSuffix(field.kind, "|null"), ""
		fields = append(fields, field)
	}
	return fields
}

// typeScript returns the text of clients/js/wire.d.ts.
func (s source) typeScript(t *testing.T) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString(`// Generated from the Go structs of internal/wire: run go generate ./internal/wire. Do not edit.

// The JSON shapes that the server and its clients exchange. A time is text: RFC 3339,
// UTC, milliseconds.

`)
	for _, c := range choices {
		for _, field := range c.fields {
			owner, name, _ := strings.Cut(field, ".")
			if shape := s.structs[owner]; shape == nil || !slices.ContainsFunc(shape.Fields.List, func(f *ast.Field) bool { return len(f.Names) > 0 && f.Names[0].Name == name }) {
				t.Errorf("choices names %s, but there is no such field", field)
			}
		}
		quoted := make([]string, len(c.values))
		for i, value := range c.values {
			quoted[i] = strconv.Quote(value)
		}
		fmt.Fprintf(&b, "export type %s = %s;\n", c.name, strings.Join(quoted, " | "))
	}
	b.WriteString("\n")

	names := slices.Sorted(maps.Keys(s.structs))
	var messages, requests []string
	for _, name := range names {
		if name == "Request" || name == "Close" {
			continue // a request has one type for each kind; a Close is a row of a table
		}
		fields := s.properties(t, name)
		if kind, isMessage := s.types[name]; isMessage {
			fields = append([]property{{name: "type", kind: strconv.Quote(kind)}}, fields...)
			messages = append(messages, name)
		}
		b.WriteString(declaration(s.docs[name], name, fields))
	}
	for _, entry := range wire.NewHelp(nil).Types {
		name := requestName(entry.Type)
		requests = append(requests, name)
		b.WriteString(declaration(fmt.Sprintf("%s is a frame that a client sends; the answer is %s.", name, entry.Answer), name, s.request(t, entry)))
	}
	fmt.Fprintf(&b, "/** Every frame that the server sends. */\nexport type ServerMessage = %s;\n\n", strings.Join(messages, " | "))
	fmt.Fprintf(&b, "/** Every frame that a client sends. */\nexport type ClientRequest = %s;\n", strings.Join(requests, " | "))
	return []byte(b.String())
}

// golden returns the text of clients/js/wire_golden.js: every fixture of testdata
// as a constant of its type, for the TypeScript checker to compare.
func (s source) golden(t *testing.T) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString(`// @ts-check
// Generated from internal/wire/testdata: run go generate ./internal/wire. Do not edit.

// Every message of the protocol with its type. The TypeScript checker reports a
// message that does not have its type's fields.

`)
	write := func(folder, name, kind string, text []byte) {
		fmt.Fprintf(&b, "/** @type {import(\"./wire.js\").%s} */\nexport const %s_%s = %s;\n\n", kind, folder, strings.ReplaceAll(name, "-", "_"), text)
	}
	answers := fixtures(t, "server")
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		message, err := wire.Parse(answers[name])
		if err != nil {
			t.Fatal(err)
		}
		write("server", name, reflect.TypeOf(message).Name(), answers[name])
	}
	requests := fixtures(t, "client")
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		request, err := wire.Decode(requests[name])
		if err != nil {
			t.Fatal(err)
		}
		write("client", name, requestName(request.Type), requests[name])
	}
	return []byte(strings.TrimSuffix(b.String(), "\n\n"))
}

func TestTheClientHasTheTypesOfThisPackage(t *testing.T) {
	s := readSource(t)
	if len(s.types) < 14 {
		t.Errorf("only %d messages found: does the generator still find the methods named Type?", len(s.types))
	}
	generated(t, clientTypes, s.typeScript(t))
	generated(t, clientGolden, s.golden(t))
}
