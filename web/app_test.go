package web

import (
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/clients/js"
	"usher/web/language"
	"usher/web/look"
)

func testApp() *browserApp {
	return newBrowserApp(`de"mo`, PaysSandbox, "usher_session", language.New(false), looks, http.NotFound)
}

// looks are the looks of two seasons.
func looks(_ context.Context, season string) look.Page {
	switch season {
	case "opera":
		return look.Page{Name: "Opera", Stylesheet: "/accents/0a5c36-0a1b2c3d.css", Logo: "/seasons/opera/logo/abc", JSON: `{"text":"<b>\"&amp;"}`}
	case `de"mo`:
		return look.Page{Name: "Demo"}
	}
	return look.Page{}
}

func askApp(t *testing.T, a http.Handler, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func appBody(t *testing.T, response *http.Response) string {
	t.Helper()
	var from io.Reader = response.Body
	if response.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	}
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAppPagesRunOnlyTheirOwnModules(t *testing.T) {
	t.Parallel()
	a := testApp()
	for _, page := range []string{"/", "/gate", "/desk", "/admin", "/draw"} {
		response := askApp(t, a, page)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%s answered %d", page, response.StatusCode)
		}
		policy := response.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", page, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q allows too much", page, policy)
		}
		text := appBody(t, response)
		for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(text, -1) {
			if !strings.Contains(script, ` src="/assets/`) {
				t.Errorf("%s: inline script %s", page, script)
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)
		if style == nil || !strings.Contains(policy, "style-src 'self' "+hashSource(style[1])+";") || strings.Count(text, "<style") != 1 {
			t.Errorf("%s: the policy %q does not name the hash of its one inline style", page, policy)
		}
		if strings.Contains(text, " style=") || strings.Contains(text, " onclick=") {
			t.Errorf("%s has inline style or handlers, which its policy forbids", page)
		}
		if !strings.Contains(text, `content="de&#34;mo"`) || !strings.Contains(text, `name="usher:payments" content="sandbox"`) {
			t.Errorf("%s lacks its configuration", page)
		}
	}
}

func TestAppPageIsRevalidatedAndItsFilesAreImmutable(t *testing.T) {
	t.Parallel()
	a := testApp()
	page := askApp(t, a, "/")
	if got := page.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page's Cache-Control is %q", got)
	}
	tag := page.Header.Get("ETag")
	if again := askApp(t, a, "/", "If-None-Match", tag); tag == "" || again.StatusCode != http.StatusNotModified {
		t.Errorf("with If-None-Match %s, the page answered %d", tag, again.StatusCode)
	}
	for name := range a.assets {
		response := askApp(t, a, a.prefix+"/"+name)
		if response.StatusCode != http.StatusOK || !strings.Contains(response.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, Cache-Control %q", name, response.StatusCode, response.Header.Get("Cache-Control"))
		}
		if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", name, got)
		}
		if path.Ext(name) == ".js" && !strings.HasPrefix(response.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s has Content-Type %s: browsers will not run it", name, response.Header.Get("Content-Type"))
		}
	}
}

func TestAppFilesOfAnotherVersionAreMissing(t *testing.T) {
	t.Parallel()
	a := testApp()
	for _, target := range []string{"/assets/0000000000000000/web/app/main.js", a.prefix + "/web/app/none.js", a.prefix + "/web/app/index.html", a.prefix + "/main.js", a.prefix + "/", a.prefix, "/nowhere", "/assets/"} {
		if response := askApp(t, a, target); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s answered %d", target, response.StatusCode)
		}
	}
	for name := range a.assets {
		if strings.Contains(name, "test") || strings.Contains(name, "/types/") || strings.HasSuffix(name, ".d.ts") || path.Ext(name) == ".json" {
			t.Errorf("%s is served, but the page does not need it", name)
		}
	}
}

// loadedAtFirst returns what a page loads at once besides its HTML, by path.
func loadedAtFirst(t *testing.T, _ *browserApp, page string) []string {
	t.Helper()
	var paths []string
	for _, match := range regexp.MustCompile(`<(?:link rel="(?:stylesheet|modulepreload)" href|script type="module" src)="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(paths, match[1]) {
			paths = append(paths, match[1])
		}
	}
	return paths
}

// TestAppFirstViewIsLight holds the weight of what a waiting fan loads: HTML, style and
// scripts together under 60 kB with gzip, in one round trip after the HTML, and none of
// the code for seats, tickets, the gate, the draw and the admin page.
func TestAppFirstViewIsLight(t *testing.T) {
	t.Parallel()
	const budget = 60_000
	a := testApp()
	for _, l := range language.All() {
		response := askApp(t, a, "/", "Accept-Encoding", "gzip", "Accept-Language", l.Tag, "Cookie", "usher_session=x")
		html, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		page := appBody(t, askApp(t, a, "/", "Accept-Language", l.Tag, "Cookie", "usher_session=x"))
		total, scripts := len(html), ""
		paths := loadedAtFirst(t, a, page)
		for _, target := range paths {
			file := askApp(t, a, target, "Accept-Encoding", "gzip")
			body, err := io.ReadAll(file.Body)
			if err != nil || file.StatusCode != http.StatusOK || !strings.Contains(file.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s answered %d, Cache-Control %q, %v", target, file.StatusCode, file.Header.Get("Cache-Control"), err)
			}
			total += len(body)
			if strings.HasSuffix(target, ".js") {
				script := appBody(t, askApp(t, a, target))
				scripts += script
				for _, other := range regexp.MustCompile(`(?:from|import)"(\.[^"]+)"`).FindAllStringSubmatch(script, -1) {
					if !slices.Contains(paths, path.Join(path.Dir(target), other[1])) {
						t.Errorf("%s imports %s, which the page does not preload: one more round trip", target, other[1])
					}
				}
			}
		}
		t.Logf("%s: %d bytes in %d files", l.Tag, total, len(paths)+1)
		if total > budget {
			t.Errorf("the first view in %s is %d bytes, at most %d are allowed", l.Tag, total, budget)
		}
		if len(paths) > 8 {
			t.Errorf("the first view loads %d files: %v", len(paths), paths)
		}
		for part, mark := range map[string]string{"tickets": "/qr.svg", "gate": "gate-result", "admin": "desk-forms", "seat map": "map-frame", "draw": "findings"} {
			if strings.Contains(scripts, mark) {
				t.Errorf("the first view loads code of the %s: it contains %q", part, mark)
			}
		}
	}
	// The marks above stand in what is loaded later.
	later := ""
	for name, file := range a.assets {
		if path.Ext(name) == ".js" {
			later += string(file.plain)
		}
	}
	for _, mark := range []string{"/qr.svg", "gate-result", "desk-forms", "map-frame", "findings"} {
		if !strings.Contains(later, mark) {
			t.Errorf("no file contains %q: does the test still look for the right thing?", mark)
		}
	}
}

// TestAppBundlesEveryModuleOfItsFolders: a folder that app.go or files.go of the client
// does not embed would fail in the browser only.
func TestAppBundlesEveryModuleOfItsFolders(t *testing.T) {
	t.Parallel()
	found := 0
	for folder, files := range map[string]fs.FS{"../web/app": appFiles, "../clients/js/src": js.Files} {
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && slices.Contains([]string{"test", "types", "service"}, entry.Name()) {
				return filepath.SkipDir // tests; types without code; the worker, which has its own path
			}
			if ext := path.Ext(name); ext == ".js" || ext == ".css" {
				found++
				embedded := strings.TrimPrefix(strings.TrimPrefix(filepath.ToSlash(name), "../web/"), "../clients/js/")
				if _, err := fs.Stat(files, embedded); err != nil {
					t.Errorf("%s is not embedded: %v", name, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 50 {
		t.Errorf("only %d files found", found)
	}
}

func TestAppFilesAreCompressedWhenAccepted(t *testing.T) {
	t.Parallel()
	a := testApp()
	target := a.prefix + "/web/app/style.css"
	plain := askApp(t, a, target)
	packed := askApp(t, a, target, "Accept-Encoding", "gzip")
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
	}
	if appBody(t, plain) != appBody(t, packed) {
		t.Error("the plain and the compressed file differ")
	}
	if !strings.Contains(plain.Header.Get("Vary"), "Accept-Encoding") {
		t.Error("Vary does not name Accept-Encoding")
	}
}

func TestAppPageSaysWhetherThereIsASession(t *testing.T) {
	t.Parallel()
	a := testApp()
	const hint = `name="usher:session" content="yes"`
	stranger := askApp(t, a, "/")
	if strings.Contains(appBody(t, stranger), hint) {
		t.Error("without a cookie, the page would request the signed-in user")
	}
	guest := askApp(t, a, "/", "Cookie", "usher_session=x", "If-None-Match", stranger.Header.Get("ETag"))
	if guest.StatusCode != http.StatusOK || !strings.Contains(appBody(t, guest), hint) {
		t.Errorf("with a cookie, the page answers %d, or does not mention the session", guest.StatusCode)
	}
	if vary := guest.Header.Values("Vary"); !strings.Contains(strings.Join(vary, ","), "Cookie") {
		t.Errorf("Vary does not name Cookie: %q", vary)
	}
}

// TestAppPageHasTheLookOfItsSeason: the look stands in the HTML, so that the page is never
// drawn without it.
func TestAppPageHasTheLookOfItsSeason(t *testing.T) {
	t.Parallel()
	a := testApp()
	plain, opera := askApp(t, a, "/"), askApp(t, a, "/?season=opera")
	text := appBody(t, opera)
	for _, want := range []string{
		`<link rel="stylesheet" href="/accents/0a5c36-0a1b2c3d.css">`, `<link rel="preload" as="image" href="/seasons/opera/logo/abc">`,
		`<meta name="usher:look" content="{&#34;text&#34;:&#34;&lt;b&gt;\&#34;&amp;amp;&#34;}">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of a season with a look lacks %s", want)
		}
	}
	if strings.Index(text, "/style.css") > strings.Index(text, "/accents/") {
		t.Error("the app's own colors come after the organizer's, and win")
	}
	if none := appBody(t, plain); strings.Contains(none, "/accents/") || strings.Contains(none, "usher:look") || strings.Contains(none, `as="image"`) {
		t.Error("the page of a season without a look has one")
	}
	if again := askApp(t, a, "/?season=opera", "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != http.StatusOK {
		t.Errorf("the page without a look counts as the one with it: %d", again.StatusCode)
	}
	if unknown := appBody(t, askApp(t, a, "/?season=unknown")); unknown != appBody(t, askApp(t, a, "/")) {
		t.Error("an unknown season has a page of its own")
	}
}

func TestAppServiceWorkerCachesNoPages(t *testing.T) {
	t.Parallel()
	response := askApp(t, testApp(), "/worker.js")
	text := appBody(t, response)
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/javascript") {
		t.Fatalf("the service worker is %d, %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if got := response.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("its Cache-Control is %q: browsers would keep an old worker", got)
	}
	if got := response.Header.Get("Content-Security-Policy"); got != "default-src 'none'; connect-src 'self'" {
		t.Errorf("its policy is %q", got)
	}
	if regexp.MustCompile(`caches\.(open|delete|keys)|\.(put|addAll|add)\(`).MatchString(text) {
		t.Error("the worker fills a cache: fans would see an old page")
	}
}
