package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/internal/testkit"
	"usher/web/docs"
)

// TestTheDocumentationInABrowser: the search finds places on all pages by keyboard, an
// example is copied, and no page is wider than a small phone or breaks its own policy.
func TestTheDocumentationInABrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	site := docs.New(docs.Options{Zips: func(*http.Request) bool { return false }})
	mux := http.NewServeMux()
	serve := func(get func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := get(w, r); err != nil {
				t.Error(err)
			}
		}
	}
	mux.HandleFunc("GET /docs", serve(site.GetStart))
	mux.HandleFunc("GET /docs/{page}", serve(site.GetPage))
	server := httptest.NewServer(mux)
	defer server.Close()

	p := window(t, browser, "Developer")
	p.prepares(`addEventListener("securitypolicyviolation", (e) => { (window.refused ??= []).push(e.violatedDirective + " " + e.blockedURI); });
		navigator.clipboard.writeText = async (text) => { window.copied = text; };`)
	p.opens(server.URL + "/docs")
	p.sees("heading", "Getting started")
	p.clicks("searchbox", "Search")
	p.types("seat_taken holds")
	p.sees("link", "POST /holds")
	if found := p.runs(`document.querySelector("#found").textContent`); found != "1 place" {
		t.Errorf("a screen reader hears %q", found)
	}
	if p.find("link", "GET /seats") != nil {
		t.Error("the search shows what it did not find")
	}
	p.types("\r")
	p.sees("heading", "POST /holds")
	if got := p.runs(`location.pathname + location.hash`); got != "/docs/http#postHolds" {
		t.Errorf("the first place found is %v", got)
	}
	p.pushes("#postHolds .code button") // a script adds it to the page
	testkit.Eventually(t, patience, "the example is copied", func() bool {
		copied, _ := p.runs(`window.copied ?? ""`).(string)
		return strings.HasPrefix(copied, "curl -s http://localhost:8080/holds") || strings.HasPrefix(copied, "curl -s 'http://localhost:8080/holds?season=demo'")
	})

	for _, path := range []string{"", "/http", "/socket", "/objects", "/problems#seat_taken", "/limits"} {
		p.opens(server.URL + "/docs" + path)
		p.sees("heading", "*")
		ask(p, "look on a small phone", func(ctx context.Context) (any, error) {
			return nil, chromedp.Do(ctx, chromedp.EmulateViewport(320, 640))
		})
		if width := p.runs(`document.documentElement.scrollWidth`); width != 320.0 {
			t.Errorf("/docs%s is %v pixels wide on a phone of 320", path, width)
		}
		if refused := p.runs(`(window.refused ?? []).join(", ")`); refused != "" {
			t.Errorf("/docs%s breaks its policy: %v", path, refused)
		}
		if path == "/problems#seat_taken" {
			if at := p.runs(`Math.abs(document.querySelector("#seat_taken").getBoundingClientRect().top) < 640`); at != true {
				t.Error("the address of a problem does not lead to its place")
			}
		}
		if path == "" || path == "/limits" { // the others are too long for a picture
			p.looks("docs" + strings.ReplaceAll(path, "/", "-"))
		}
	}
}
