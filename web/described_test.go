package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

func described(t testing.TB) *conform.Spec {
	t.Helper()
	spec, err := conform.Load()
	must(t, err)
	return spec
}

// below returns the part of a description below these names.
func below(node any, path ...string) any {
	for _, name := range path {
		object, _ := node.(map[string]any)
		node = object[name]
	}
	return node
}

// TestEveryRouteIsDescribed compares the route table with openapi.yaml, both ways.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	routes := map[string]bool{}
	for _, route := range (&Server{}).routes() {
		routes[route.method+" "+route.path] = true
	}
	operations := map[string]bool{}
	for _, operation := range described(t).Operations() {
		operations[operation.Method+" "+operation.Path] = true
	}
	for route := range routes {
		if !operations[route] {
			t.Errorf("web/docs/openapi.yaml does not describe %s", route)
		}
	}
	for operation := range operations {
		if !routes[operation] {
			t.Errorf("web/docs/openapi.yaml describes %s, which is no route", operation)
		}
	}
}

// TestEveryRoleAndSessionIsDescribed asks each operation without a session and as a fan:
// the answers must be those that its security and its role announce.
func TestEveryRoleAndSessionIsDescribed(t *testing.T) {
	t.Parallel()
	spec := described(t)
	s := openSale(t, `{"name":"Gala","activeLimit":100}`, nil)
	fan := s.session(t, "fan@example.com")
	for _, operation := range spec.Operations() {
		path := s.pathOf(spec, operation)
		if operation.Path == "/auth/logout" {
			continue // it would end the fan's session
		}
		got := s.anonymous().send(t, operation.Method, path, "", "").status
		_, said := operation.Object["security"]
		if needs := !said; needs != (got == http.StatusUnauthorized) {
			t.Errorf("%s %s without a session: %d, but security is %v", operation.Method, operation.Path, got, operation.Object["security"])
		}
		if operation.Path == "/events" {
			continue // its answer does not end
		}
		answer := fan.send(t, operation.Method, path, "", "")
		_, restricted := operation.Object["x-role"]
		if forbidden := answer.status == http.StatusForbidden && strings.Contains(string(answer.body), `"forbidden"`); forbidden != restricted {
			t.Errorf("%s %s as a fan: %d %s, but x-role is %v", operation.Method, operation.Path, answer.status, answer.body, operation.Object["x-role"])
		}
	}
}

// pathOf returns an operation's path with the values of its examples.
func (s *site) pathOf(spec *conform.Spec, operation *conform.Operation) string {
	path := operation.Path
	if strings.HasPrefix(path, "/admin/seasons/") || strings.HasPrefix(path, "/seasons/") {
		path = strings.Replace(path, "{id}", s.season, 1)
	}
	parameters, _ := operation.Object["parameters"].([]any)
	for i, each := range parameters {
		parameter, _ := spec.Resolve(each.(map[string]any), strconv.Itoa(i))
		if parameter["in"] == "path" {
			path = strings.ReplaceAll(path, fmt.Sprint("{", parameter["name"], "}"), url.PathEscape(fmt.Sprint(parameter["example"])))
		}
	}
	return path
}

// TestEveryProblemIsDescribed compares status and title of each code.
func TestEveryProblemIsDescribed(t *testing.T) {
	t.Parallel()
	spec := described(t)
	problems, _ := below(spec.HTTP, "x-problems").(map[string]any)
	if got, want := len(problems), len(kinds); got != want {
		t.Errorf("%d codes are described, want %d", got, want)
	}
	for code, kind := range kinds {
		described := problems[string(code)]
		if fmt.Sprint(below(described, "status")) != strconv.Itoa(kind.status) || below(described, "title") != kind.title {
			t.Errorf("%s is described as %v %v, want %d %s", code, below(described, "status"), below(described, "title"), kind.status, kind.title)
		}
		if what, _ := below(described, "what").(string); !strings.HasSuffix(what, ".") {
			t.Errorf("%s: what happened is %q", code, what)
		}
		if do, _ := below(described, "do").(string); !strings.HasSuffix(do, ".") {
			t.Errorf("%s: what to do is %q", code, do)
		}
	}
	for code, status := range conform.Everywhere() {
		if kinds[fault.Code(code)].status != status {
			t.Errorf("%s has the status %d, not %d", code, kinds[fault.Code(code)].status, status)
		}
	}
}

// TestTheLimitsAreDescribed holds the numbers of the description beside the constants.
func TestTheLimitsAreDescribed(t *testing.T) {
	t.Parallel()
	spec := described(t)
	most := map[string]string{}
	limits, _ := below(spec.HTTP, "x-limits").([]any)
	for _, each := range limits {
		most[fmt.Sprint(below(each, "what"))] = fmt.Sprint(below(each, "most"))
	}
	for what, want := range map[string]string{
		"A JSON body":                               fmt.Sprintf("%d KiB", maxBody>>10),
		"An event of the payment provider":          fmt.Sprintf("%d KiB", maxPaymentNews>>10),
		"A seat plan as CSV":                        fmt.Sprintf("%d MiB", maxPlan>>20),
		"Invalid messages in a row":                 fmt.Sprint(invalidInRow - 1),
		"Purchases in flight on one socket":         fmt.Sprint(purchasesAtOnce),
		"Seats in one request":                      fmt.Sprint(wire.MaxSeats),
		"An idempotency key":                        fmt.Sprintf("%d characters", wire.MaxKey),
		"A gate's name":                             fmt.Sprintf("%d characters", maxGate),
		"Drawings of tickets that a user waits for": fmt.Sprint(drawingsWaiting),
		"Exports that an admin waits for":           fmt.Sprint(exportsWaiting),
	} {
		if !strings.HasPrefix(most[what], want) {
			t.Errorf("%s: the description says %q, want %q", what, most[what], want)
		}
	}
	for path, want := range map[string][2]int{
		"/tickets": {ticketsPage, maxTicketsPage}, "/transactions": {transactionsPage, maxTransactionsPage},
		"/admin/seasons/{id}/waiting": {linePage, maxLinePage}, "/admin/seasons/{id}/active": {linePage, maxLinePage},
		"/admin/transactions": {transactionsPage, maxTransactionsPage}, "/admin/audit-log": {auditPage, maxAuditPage}, "/admin/feed": {feedPage, maxFeedPage},
	} {
		parameters, _ := below(spec.HTTP, "paths", path, "get", "parameters").([]any)
		found := false
		for _, each := range parameters {
			if below(each, "name") == "limit" {
				found = true
				if got := [2]string{fmt.Sprint(below(each, "schema", "default")), fmt.Sprint(below(each, "schema", "maximum"))}; got != [2]string{strconv.Itoa(want[0]), strconv.Itoa(want[1])} {
					t.Errorf("%s: limit is described with %v, want %v", path, got, want)
				}
			}
		}
		if !found {
			t.Errorf("%s has no parameter limit", path)
		}
	}
}

// TestTheServerRefusesWhatTheDescriptionRefuses breaks the example of each JSON body in
// every way that the schema names, and the parameters of each query: the answer must be
// 400. That the server accepts nothing that the description refuses is checked for all
// requests of all tests, by conform.
func TestTheServerRefusesWhatTheDescriptionRefuses(t *testing.T) {
	t.Parallel()
	spec := described(t)
	s := openSale(t, `{"name":"Gala","activeLimit":100}`, func(o *Options) {
		o.Check = func(context.Context, string, int) wire.CheckReport { return wire.CheckReport{} }
	})
	callers := map[any]*caller{nil: s.signIn(t, "fan@example.com"), "admin": s.session(t, adminEmail), "staff": s.session(t, "staff@example.com"), "desk": s.session(t, "desk@example.com")}
	tried := 0
	for _, operation := range spec.Operations() {
		what := operation.Method + " " + operation.Path
		who, path := callers[operation.Object["x-role"]].with("Idempotency-Key", "key"), s.pathOf(spec, operation)
		refused := func(who *caller, path, body, why string) {
			t.Helper()
			tried++
			if answer := who.send(t, operation.Method, path, "application/json", body); answer.status != http.StatusBadRequest {
				t.Errorf("%s, %s: got %d %s", what, why, answer.status, answer.body)
			}
		}
		for _, broken := range brokenParameters(spec, operation) {
			if broken.header {
				refused(who.with(broken.name, broken.value), path, `{"seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}`, broken.name+" "+broken.value)
			} else {
				refused(who, path+"?"+url.Values{broken.name: {broken.value}}.Encode(), "", broken.name+"="+broken.value)
			}
		}
		content := below(operation.Object, "requestBody", "content", "application/json")
		if content == nil || operation.Path == "/payments/stripe/webhook" { // judged by its signature alone
			continue
		}
		schema, _ := spec.Resolve(below(content, "schema").(map[string]any), "")
		for _, example := range examplesOf(content) {
			for why, body := range brokenBodies(spec, schema, example) {
				if spec.ValidateText("openapi.yaml", operation.RequestSchema(), []byte(body)) == nil {
					t.Errorf("%s: the description accepts %s", what, body)
				}
				refused(who, path, body, why+": "+body)
			}
		}
	}
	if tried < 140 {
		t.Errorf("only %d requests were made", tried)
	}
}

func examplesOf(content any) (all []map[string]any) {
	if example, is := below(content, "example").(map[string]any); is {
		return []map[string]any{example}
	}
	examples, _ := below(content, "examples").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		all = append(all, below(examples, name, "value").(map[string]any))
	}
	return all
}

type brokenParameter struct {
	name, value string
	header      bool
}

// brokenParameters are values that the schemas of an operation's parameters refuse.
func brokenParameters(spec *conform.Spec, operation *conform.Operation) (all []brokenParameter) {
	parameters, _ := operation.Object["parameters"].([]any)
	for _, each := range parameters {
		parameter, _ := spec.Resolve(each.(map[string]any), "")
		schema, _ := spec.Resolve(parameter["schema"].(map[string]any), "")
		name, key := fmt.Sprint(parameter["name"]), parameter["name"] == "Idempotency-Key"
		if parameter["in"] != "query" && !key || name == "season" || name == "rehosted" {
			continue // an unknown season is 404
		}
		add := func(value string) { all = append(all, brokenParameter{name, value, key}) }
		switch {
		case schema["type"] == "integer":
			add("x")
			add("0")
			most, _ := strconv.Atoi(fmt.Sprint(schema["maximum"]))
			add(strconv.Itoa(most + 1))
		case schema["enum"] != nil:
			add("other")
		case schema["maxLength"] != nil:
			most, _ := strconv.Atoi(fmt.Sprint(schema["maxLength"]))
			add(strings.Repeat("a", most+1))
			if fmt.Sprint(schema["minLength"]) == "2" {
				add("a")
			}
		}
	}
	return all
}

// brokenBodies are variants of an example that its schema refuses, with what is wrong.
func brokenBodies(spec *conform.Spec, schema, example map[string]any) map[string]string {
	all := map[string]string{"no object": "[]", "a surplus field": ""}
	write := func(why string, value map[string]any) {
		text, err := json.Marshal(value)
		if err == nil {
			all[why] = string(text)
		}
	}
	with := func(name string, value any) map[string]any {
		changed := maps.Clone(example)
		changed[name] = value
		return changed
	}
	write("a surplus field", with("surplus", 1))
	required, _ := schema["required"].([]any)
	for _, name := range required {
		without := maps.Clone(example)
		delete(without, fmt.Sprint(name))
		write(fmt.Sprint("without ", name), without)
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(example)) {
		field, _ := spec.Resolve(properties[name].(map[string]any), "")
		for why, value := range brokenValues(field) {
			write(name+" "+why, with(name, value))
		}
		inner, is := example[name].(map[string]any)
		if !is {
			continue
		}
		for why, text := range brokenBodies(spec, field, inner) {
			write(name+": "+why, with(name, json.RawMessage(text)))
		}
	}
	return all
}

// brokenValues are values that the schema of a field refuses.
func brokenValues(schema map[string]any) map[string]any {
	values := map[string]any{}
	kinds := fmt.Sprint(schema["type"])
	bound := func(name string) (int, bool) {
		n, err := strconv.Atoi(fmt.Sprint(schema[name]))
		return n, err == nil
	}
	if !strings.Contains(kinds, "null") {
		values["null"] = nil
	}
	if schema["enum"] != nil {
		values["no value of the list"] = "other"
	}
	if most, is := bound("maxLength"); is {
		values["too long"] = strings.Repeat("a", most+1)
	}
	if least, is := bound("minLength"); is {
		values["too short"] = strings.Repeat("a", least-1)
	}
	if most, is := bound("maximum"); is {
		values["too large"] = most + 1
	}
	if least, is := bound("minimum"); is {
		values["too small"] = least - 1
	}
	if most, is := bound("maxItems"); is {
		values["too many"] = slices.Repeat([]string{"A-1"}, most+1)
		values["an item of another type"] = []any{1}
		values["an empty item"] = []any{""}
	}
	if _, is := bound("minItems"); is {
		values["empty"] = []any{}
	}
	switch {
	case strings.Contains(kinds, "string"):
		values["a number"] = 7
	case strings.Contains(kinds, "integer"):
		values["a text"], values["a fraction"] = "x", 1.5
	case strings.Contains(kinds, "boolean"), strings.Contains(kinds, "array"), strings.Contains(kinds, "object"):
		values["a text"] = "yes"
	}
	return values
}
