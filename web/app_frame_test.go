package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/web/language"
)

// framedApp may be held by pages of two origins.
func framedApp() *browserApp {
	a := testApp()
	a.embedOrigins = "https://www.example https://venue.example:8443"
	return a
}

// TestTheFrameIsForListedOriginsOnly: /embed may be held by the listed origins, every
// other page by none.
func TestTheFrameIsForListedOriginsOnly(t *testing.T) {
	t.Parallel()
	guarded := func(a http.Handler, target string) http.Header {
		w := httptest.NewRecorder()
		w.Header().Set("X-Frame-Options", "DENY") // as on every answer
		a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		return w.Result().Header
	}
	policy := guarded(framedApp(), "/embed").Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "; frame-ancestors https://www.example https://venue.example:8443") || strings.Count(policy, "frame-ancestors") != 1 {
		t.Errorf("the frame's policy is %q", policy)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "form-action 'none'", "base-uri 'none'", "style-src 'self' 'sha256-"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the frame's policy %q lacks %s", policy, want)
		}
	}
	if header := guarded(framedApp(), "/embed")["X-Frame-Options"]; header != nil {
		t.Errorf("X-Frame-Options %q keeps listed pages from holding the frame", header)
	}
	for _, page := range []string{"/", "/gate", "/desk", "/admin", "/draw"} {
		header := guarded(framedApp(), page)
		if got := header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors 'none'") || header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s may be framed: %q, X-Frame-Options %q", page, got, header.Get("X-Frame-Options"))
		}
	}
	for _, target := range []string{"/embed", "/embed?season=opera"} {
		if response := askApp(t, testApp(), target); response.StatusCode != http.StatusNotFound {
			t.Errorf("without listed origins %s answers %d", target, response.StatusCode)
		}
	}
	if response := askApp(t, framedApp(), "/embed/x"); response.StatusCode != http.StatusNotFound {
		t.Errorf("/embed/x answers %d", response.StatusCode)
	}
}

// TestTheFrameIsLight: it loads one language and nothing of the app's first view, and has
// the look of its season.
func TestTheFrameIsLight(t *testing.T) {
	t.Parallel()
	const budget = 25_000
	a := framedApp()
	for _, l := range language.All() {
		response := askApp(t, a, "/embed?season=opera", "Accept-Encoding", "gzip", "Accept-Language", l.Tag)
		html, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		page := appBody(t, askApp(t, a, "/embed?season=opera", "Accept-Language", l.Tag))
		total, texts := len(html), 0
		var loaded []string
		for _, target := range loadedAtFirst(t, a, page) {
			if strings.HasPrefix(target, "/accents/") {
				continue
			}
			file := askApp(t, a, target, "Accept-Encoding", "gzip")
			body, err := io.ReadAll(file.Body)
			if err != nil || file.StatusCode != http.StatusOK {
				t.Fatalf("%s answered %d, %v", target, file.StatusCode, err)
			}
			total += len(body)
			loaded = append(loaded, target)
			if strings.Contains(target, "/texts/") {
				texts++
			}
		}
		t.Logf("%s: %d bytes in %d files", l.Tag, total, len(loaded)+1)
		if total > budget {
			t.Errorf("the frame in %s is %d bytes, at most %d are allowed", l.Tag, total, budget)
		}
		for _, target := range loaded {
			if !strings.HasSuffix(target, ".js") {
				continue
			}
			script := appBody(t, askApp(t, a, target))
			for _, other := range regexp.MustCompile(`(?:from|import)"(\.[^"]+)"`).FindAllStringSubmatch(script, -1) {
				if !slices.Contains(loaded, path.Join(path.Dir(target), other[1])) {
					t.Errorf("%s imports %s, which the frame does not preload", target, other[1])
				}
			}
			for _, mark := range []string{"WebSocket", "/events", "/waitingList/enter", "/holds", "POST"} {
				if strings.Contains(script, mark) {
					t.Errorf("the frame loads %s, which contains %q: it only reads", target, mark)
				}
			}
		}
		if texts != 1 || !strings.Contains(page, "/texts/"+l.Tag+"_embed.js") {
			t.Errorf("the frame in %s loads %d files of texts", l.Tag, texts)
		}
		for _, want := range []string{`<html lang="` + l.Tag + `" dir="` + l.Direction + `">`, "/accents/0a5c36-0a1b2c3d.css", `name="usher:look"`, `content="https://www.example https://venue.example:8443"`, "<title>Opera</title>"} {
			if !strings.Contains(page, want) {
				t.Errorf("the frame in %s lacks %s", l.Tag, want)
			}
		}
	}
}
