package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"usher/internal/fault"
	"usher/internal/wire"
)

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	const media = "application/json"
	cases := map[string]struct {
		media, body string
		want        fault.Code // "": accepted
	}{
		"an object":                {media, `{"name":"a"}`, ""},
		"with a charset":           {media + "; charset=utf-8", `{"name":"a"}`, ""},
		"surrounding white space":  {media, " \n{\"name\":\"a\"}\n ", ""},
		"a field left out":         {media, `{}`, ""},
		"an unknown field":         {media, `{"name":"a","nmae":"b"}`, fault.InvalidRequest},
		"a field in another case":  {media, `{"Name":"a"}`, fault.InvalidRequest},
		"a field twice":            {media, `{"name":"a","name":"b"}`, fault.InvalidRequest},
		"an unknown field inside":  {media, `{"payment":{"method":"x","tokne":"y"}}`, fault.InvalidRequest},
		"invalid UTF-8":            {media, "{\"name\":\"\xff\"}", fault.InvalidRequest},
		"a second object":          {media, `{"name":"a"} {"name":"b"}`, fault.InvalidRequest},
		"a second brace":           {media, `{"name":"a"}}`, fault.InvalidRequest},
		"null":                     {media, `null`, fault.InvalidRequest},
		"an array":                 {media, `[]`, fault.InvalidRequest},
		"a string":                 {media, `"name"`, fault.InvalidRequest},
		"nothing":                  {media, ``, fault.InvalidRequest},
		"half an object":           {media, `{"name":`, fault.InvalidRequest},
		"another type of field":    {media, `{"name":7}`, fault.InvalidRequest},
		"null for a field":         {media, `{"name":null}`, fault.InvalidRequest},
		"null for an option":       {media, `{"payment":null}`, ""},
		"a form":                   {"application/x-www-form-urlencoded", `name=a`, fault.UnsupportedMedia},
		"text":                     {"text/plain", `{"name":"a"}`, fault.UnsupportedMedia},
		"no type at all":           {"", `{"name":"a"}`, fault.UnsupportedMedia},
		"a body that is too large": {media, `{"name":"` + strings.Repeat("a", maxBody) + `"}`, fault.TooLarge},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var form struct {
				Name    string        `json:"name"`
				Payment *wire.Payment `json:"payment"`
			}
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.media)
			if got := fault.CodeOf(decode(httptest.NewRecorder(), r, &form)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnOptionalBodyMayBeLeftOutButNotBeWrong(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		media, body string
		chunked     bool
		want        fault.Code
	}{
		"nothing":                   {"", "", false, ""},
		"nothing, with a type":      {"application/json", "", false, ""},
		"nothing, length unknown":   {"", "", true, ""},
		"an object":                 {"application/json", `{"name":"a"}`, false, ""},
		"an object, length unknown": {"application/json", `{"name":"a"}`, true, ""},
		"an unknown field":          {"application/json", `{"nmae":"a"}`, false, fault.InvalidRequest},
		"no type":                   {"", `{"name":"a"}`, false, fault.UnsupportedMedia},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var form struct {
				Name string `json:"name"`
			}
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			if c.chunked {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", c.media)
			if got := fault.CodeOf(decodeOptional(httptest.NewRecorder(), r, &form)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestABodyOnARouteWithoutOneIsRefused(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	admin := s.session(t, adminEmail)
	for _, route := range []string{
		"POST /auth/logout", "POST /waitingList/enter", "POST /waitingList/leave", "DELETE /holds", "DELETE /holds/A-1",
		"POST /admin/seasons/demo/pause", "POST /admin/seasons/demo/resume", "DELETE /admin/seasons/demo/users/u1",
	} {
		method, path, _ := strings.Cut(route, " ")
		admin.send(t, method, path, "application/json", `{"seats":["A-1"]}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	admin.post(t, "/waitingList/join", `{"place":"`+strings.Repeat("a", 5000)+`"}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/auth/me").wants(t, http.StatusOK) // not signed out
	for _, query := range []string{"season=%zz", "season=demo;limit=1", "%"} {
		admin.get(t, "/holds?"+query).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
}

func TestThePageSizeIsBounded(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{"": 20, "limit=1": 1, "limit=100": 100, "limit=0": 0, "limit=101": 0, "limit=x": 0, "limit=-1": 0} {
		limit, _, err := page(httptest.NewRequest("GET", "/?"+query, nil), 20, 100)
		if limit != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", query, limit, err, want)
		}
	}
}

func TestPathValuesAreUnescapedOnce(t *testing.T) {
	t.Parallel()
	s := openIdle(t, nil)
	for escaped, want := range map[string]string{"A-1": "A-1", "A%201": "A 1", "A%2D1": "A-1", "A%252D1": "A%2D1"} {
		var got string
		routes := s.routerOf(http.NotFoundHandler(), []route{{"GET", "/x/{seat}", both, func(_ http.ResponseWriter, r *http.Request) error {
			got = pathValue(r, "seat")
			return nil
		}}})
		routes.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/x/"+escaped, nil))
		if got != want {
			t.Errorf("%s: got %q, want %q", escaped, got, want)
		}
	}
}

// FuzzBodies checks each accepted body in a second way: one valid object, with known
// field names in their exact case, each once.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}`, `{"Seats":[]}`, `{"seats":[],"seats":[]}`,
		`{"payment":{"method":"a","method":"b"}}`, `{"payment":null}`, `{} {}`, `[]`, `null`, "{\"seats\":[\"\xff\"]}", `{"se\u0061ts":["A-1"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var form struct {
			Seats   []string     `json:"seats"`
			Payment wire.Payment `json:"payment"`
		}
		if decodeStrictly(text, &form) != nil {
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("accepted invalid JSON: %q", text)
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil || object == nil {
			t.Fatalf("accepted JSON that is no object: %q", text)
		}
		for name := range object {
			if name != "seats" && name != "payment" {
				t.Fatalf("accepted the field %q", name)
			}
		}
	})
}
