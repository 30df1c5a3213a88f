package docs_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/internal/fault"
	"usher/web/docs"
)

// shownSite renders the pages once for all tests.
var shownSite = sync.OnceValue(func() *docs.Site {
	return docs.New(docs.Options{Base: "https://tickets.example", Season: "gala", Zips: func(r *http.Request) bool { return r.Header.Get("Zip") != "" }})
})

// newSite serves the documentation as package web does, without gzip unless the
// request has the header Zip.
func newSite(t *testing.T) *httptest.Server {
	t.Helper()
	site := shownSite()
	mux := http.NewServeMux()
	for pattern, get := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /openapi.yaml": site.GetOpenAPI, "GET /asyncapi.yaml": site.GetAsyncAPI, "GET /docs": site.GetStart, "GET /docs/{page}": site.GetPage,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := get(w, r); fault.Is(err, fault.NotFound) {
				http.Error(w, err.Error(), http.StatusNotFound)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, server *httptest.Server, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

var pageNames = []string{"/docs", "/docs/http", "/docs/socket", "/docs/objects", "/docs/problems", "/docs/limits"}

func TestTheDescriptionsAreServedToEverySite(t *testing.T) {
	t.Parallel()
	server := newSite(t)
	for path, want := range map[string]string{"/openapi.yaml": string(docs.OpenAPI()), "/asyncapi.yaml": string(docs.AsyncAPI())} {
		answer, text := get(t, server, path)
		if text != want || answer.Header.Get("Content-Type") != "application/yaml" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v, %d bytes", path, answer.Header, len(text))
		}
		tag := answer.Header.Get("ETag")
		if answer, text = get(t, server, path, "If-None-Match", tag); answer.StatusCode != http.StatusNotModified || text != "" {
			t.Errorf("%s again: %d", path, answer.StatusCode)
		}
		if vary := answer.Header.Get("Vary"); vary != "Accept-Encoding" {
			t.Errorf("%s: Vary is %q: a cache would hand the gzip form to a client that cannot read it", path, vary)
		}
		if answer, _ = get(t, server, path, "Zip", "1", "Accept-Encoding", "gzip"); answer.Header.Get("Content-Encoding") != "gzip" || answer.Header.Get("ETag") != tag {
			t.Errorf("%s zipped: %v", path, answer.Header)
		}
	}
}

// The parts of a page that the tests compare. The templates write attributes in one
// form.
var (
	ids   = regexp.MustCompile(` id="([^"]*)"`)
	hrefs = regexp.MustCompile(` (?:href|src)="([^"]*)"`)
	heads = regexp.MustCompile(`<h([1-6])`)
)

func TestThePagesNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	server := newSite(t)
	for _, path := range pageNames {
		answer, text := get(t, server, path)
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %d %s", path, answer.StatusCode, text)
		}
		security := answer.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(security, part) {
				t.Errorf("%s: the policy %q lacks %q", path, security, part)
			}
		}
		for _, inline := range []string{" style=", " onclick=", "<style", "<script>", "javascript:"} {
			if strings.Contains(text, inline) {
				t.Errorf("%s has %q, which the policy stops", path, inline)
			}
		}
		if again, _ := get(t, server, path, "If-None-Match", answer.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.StatusCode)
		}
		for _, match := range hrefs.FindAllStringSubmatch(text, -1) {
			if strings.HasSuffix(match[1], ".js") || strings.HasSuffix(match[1], ".css") {
				file, _ := get(t, server, match[1])
				if file.StatusCode != http.StatusOK || !strings.Contains(file.Header.Get("Cache-Control"), "immutable") {
					t.Errorf("%s: %d %v", match[1], file.StatusCode, file.Header)
				}
			}
		}
	}
	if answer, _ := get(t, server, "/docs/nothing"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a page that does not exist: %d", answer.StatusCode)
	}
}

// TestThePagesHoldTogether: every link leads to a place that exists, ids are unique,
// and headings go down one level at a time.
func TestThePagesHoldTogether(t *testing.T) {
	t.Parallel()
	server := newSite(t)
	places, texts := map[string]bool{"/": true, "/openapi.yaml": true, "/asyncapi.yaml": true}, map[string]string{}
	for _, path := range pageNames {
		_, text := get(t, server, path)
		texts[path] = text
		places[path] = true
		for _, match := range ids.FindAllStringSubmatch(text, -1) {
			if place := path + "#" + match[1]; places[place] {
				t.Errorf("%s occurs twice", place)
			} else {
				places[place] = true
			}
		}
		level := 0
		for _, match := range heads.FindAllStringSubmatch(text, -1) {
			next := int(match[1][0] - '0')
			if next > level+1 {
				t.Errorf("%s: a heading of level %d follows one of level %d", path, next, level)
			}
			level = next
		}
		if strings.Count(text, "<h1") != 1 || strings.Count(text, "<main") != 1 || strings.Count(text, `aria-current="page"`) != 1 {
			t.Errorf("%s does not have one title, one main part and one current page", path)
		}
	}
	links := 0
	for path, text := range texts {
		for _, match := range hrefs.FindAllStringSubmatch(text, -1) {
			target := match[1]
			if strings.HasPrefix(target, "data:") || strings.HasPrefix(target, "https://") || strings.HasSuffix(target, ".css") || strings.HasSuffix(target, ".js") {
				continue
			}
			if strings.HasPrefix(target, "#") {
				target = path + target
			}
			if links++; !places[target] {
				t.Errorf("%s links to %s, which does not exist", path, target)
			}
		}
	}
	if links < 1000 {
		t.Errorf("only %d links were found", links)
	}
}

// TestEverythingDescribedIsShown: each operation, message, object, code and close code
// has its place.
func TestEverythingDescribedIsShown(t *testing.T) {
	t.Parallel()
	server, spec := newSite(t), load(t)
	_, overHTTP := get(t, server, "/docs/http")
	_, socket := get(t, server, "/docs/socket")
	_, objects := get(t, server, "/docs/objects")
	_, problems := get(t, server, "/docs/problems")
	_, limits := get(t, server, "/docs/limits")
	shown := func(text, id string) {
		t.Helper()
		if !strings.Contains(text, ` id="`+id+`"`) {
			t.Errorf("%s is not shown", id)
		}
	}
	for _, operation := range spec.Operations() {
		id := fmt.Sprint(operation.Object["operationId"])
		shown(overHTTP, id)
		_, text, _ := strings.Cut(overHTTP, `<article id="`+id+`"`)
		text, _, _ = strings.Cut(text, "</article>")
		if !strings.Contains(text, "<code>curl -s ") || !strings.Contains(text, "https://tickets.example/") {
			t.Errorf("%s has no curl command", id)
		}
		for _, code := range operation.Codes() {
			if !strings.Contains(text, `href="/docs/problems#`+code+`"`) {
				t.Errorf("%s does not name the code %s", id, code)
			}
		}
		_, open := operation.Object["security"]
		if needs := strings.Contains(text, "Authorization: Bearer $TOKEN"); needs == open {
			t.Errorf("%s: the command sends a token: %v", id, needs)
		}
	}
	for _, name := range keys(at(spec.Socket, "components", "messages")) {
		shown(socket, name)
	}
	if got, want := strings.Count(socket, "websocat -n "), 14; got < want {
		t.Errorf("%d lines for websocat, want %d or more", got, want)
	}
	for _, name := range append(keys(at(spec.HTTP, "components", "schemas")), keys(at(spec.Socket, "components", "schemas"))...) {
		shown(objects, name)
	}
	for _, code := range list(at(spec.HTTP, "components", "schemas", "Code", "enum")) {
		shown(problems, code)
	}
	closes, _ := at(spec.Socket, "x-close-codes").([]any)
	for _, each := range closes {
		shown(socket, fmt.Sprint("close-", at(each, "code")))
	}
	bounds, _ := at(spec.HTTP, "x-limits").([]any)
	if got := strings.Count(limits, `<th scope="row">`); got != len(bounds) {
		t.Errorf("%d limits are shown, want %d", got, len(bounds))
	}
	both := append(keys(at(spec.HTTP, "components", "schemas")), keys(at(spec.Socket, "components", "schemas"))...)
	slices.Sort(both)
	if len(slices.Compact(both)) != len(both) {
		t.Error("the two descriptions have schemas of the same name, which would share a place")
	}
}

func TestDescriptionsNameTheLicenceOfTheProject(t *testing.T) {
	licence, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	title, _, _ := strings.Cut(strings.TrimSpace(string(licence)), "\n")
	if title != "Apache License" {
		t.Fatalf("LICENSE is titled %q: change what the descriptions name, and this test", title)
	}
	for name, text := range map[string][]byte{"openapi.yaml": docs.OpenAPI(), "asyncapi.yaml": docs.AsyncAPI()} {
		if !strings.Contains(string(text), "\n  license: {name: Apache-2.0, ") {
			t.Errorf("%s does not name Apache-2.0, the licence in LICENSE", name)
		}
	}
}
