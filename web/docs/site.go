package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"usher/internal/fault"
)

// Options configures a Site.
type Options struct {
	// Base is the scheme and host that the examples name, without a slash at the
	// end. "": http://localhost:8080.
	Base string
	// Season is the season that the examples name. "": demo.
	Season string
	// Zips reports whether a client accepts gzip.
	Zips func(*http.Request) bool
}

// Site serves the descriptions and their pages. Safe for concurrent use.
type Site struct {
	o                 Options
	openAPI, asyncAPI file
	pages             func() (map[string]file, error) // by the last part of the path; rendered at the first request
}

// file is an answer, ready to be sent.
type file struct {
	contentType  string
	plain        []byte
	zipped       []byte
	etag         string // weak: the plain and the zipped form are the same content
	cacheControl string
}

const (
	defaultBase   = "http://localhost:8080"
	defaultSeason = "demo"

	start = "" // the name of the first page

	permanent  = "public, max-age=31536000, immutable"
	revalidate = "no-cache"

	// policy lets the pages load their own style and script, and nothing else.
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// New makes a site. The pages are rendered once, when the first of them is requested,
// because most nodes never show one.
func New(o Options) *Site {
	if o.Base == "" {
		o.Base = defaultBase
	}
	if o.Season == "" {
		o.Season = defaultSeason
	}
	s := &Site{o: o}
	s.openAPI = newFile("application/yaml", openAPI, "public, max-age=300")
	s.asyncAPI = newFile("application/yaml", asyncAPI, "public, max-age=300")
	s.pages = sync.OnceValues(s.render)
	return s
}

func newFile(contentType string, text []byte, cacheControl string) file {
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestSpeed) // the level is valid
	_, _ = z.Write(text)                                 // writing to memory does not fail
	_ = z.Close()
	return file{contentType, text, zipped.Bytes(), `W/"` + hashOf(text) + `"`, cacheControl}
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// GetOpenAPI answers with openapi.yaml.
func (s *Site) GetOpenAPI(w http.ResponseWriter, r *http.Request) error {
	s.serveOpenly(w, r, s.openAPI)
	return nil
}

// GetAsyncAPI answers with asyncapi.yaml.
func (s *Site) GetAsyncAPI(w http.ResponseWriter, r *http.Request) error {
	s.serveOpenly(w, r, s.asyncAPI)
	return nil
}

// serveOpenly lets pages of every site read the file: tools that show or use a
// description run on other sites. The file has no secrets.
func (s *Site) serveOpenly(w http.ResponseWriter, r *http.Request, f file) {
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") == "" { // else the server has allowed this origin by name
		h.Set("Access-Control-Allow-Origin", "*")
	}
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	s.serve(w, r, f)
}

// GetStart answers with the first page.
func (s *Site) GetStart(w http.ResponseWriter, r *http.Request) error { return s.getNamed(w, r, start) }

// GetPage answers with the page or file that the last part of the path names. Errors:
// not_found.
func (s *Site) GetPage(w http.ResponseWriter, r *http.Request) error {
	return s.getNamed(w, r, path.Base(r.URL.Path))
}

func (s *Site) getNamed(w http.ResponseWriter, r *http.Request, name string) error {
	pages, err := s.pages()
	if err != nil {
		return err
	}
	page, known := pages[name]
	if !known {
		return fault.New(fault.NotFound, "the documentation has no page %.40q; it begins at /docs", name)
	}
	if strings.HasPrefix(page.contentType, "text/html") {
		w.Header().Set("Content-Security-Policy", policy)
	}
	s.serve(w, r, page)
	return nil
}

func (s *Site) serve(w http.ResponseWriter, r *http.Request, f file) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("ETag", f.etag)
	h.Add("Vary", "Accept-Encoding")
	body := f.plain
	if s.o.Zips(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// page is one page of the documentation.
type page struct {
	Name, Title string
	Groups      []group // of the navigation, below the page's title
	data        any
}

// Path is the address of the page.
func (p page) Path() string { return strings.TrimSuffix("/docs/"+p.Name, "/") }

// group is a part of a page in the navigation.
type group struct {
	Title   string // "": no title of its own
	Entries []entry
}

// entry is a place of a page in the navigation. Find is what the search compares with
// besides the label.
type entry struct{ ID, Label, Method, Find string }

// view is what the layout shows.
type view struct {
	Page          page
	Pages         []page
	Style, Script string
	Base, Season  string
	Socket        string // the address of the socket, without the query
	Data          any
}

// render makes every page and its files.
func (s *Site) render() (map[string]file, error) {
	d, err := readDocuments()
	if err != nil {
		return nil, err
	}
	lines := examples{base: s.o.Base, season: s.o.Season}
	pages := []page{
		startPage(),
		d.httpPage(lines),
		d.socketPage(lines),
		d.objectsPage(),
		d.problemsPage(),
		d.limitsPage(),
	}
	files := map[string]file{}
	asset := func(name, contentType string) (string, error) {
		text, err := pageFiles.ReadFile("pages/" + name)
		if err != nil {
			return "", err
		}
		extension := path.Ext(name)
		hashed := strings.TrimSuffix(name, extension) + "-" + hashOf(text) + extension
		files[hashed] = newFile(contentType, text, permanent)
		return "/docs/" + hashed, nil
	}
	style, err := asset("style.css", "text/css; charset=utf-8")
	if err != nil {
		return nil, err
	}
	script, err := asset("docs.js", "text/javascript; charset=utf-8")
	if err != nil {
		return nil, err
	}
	for _, p := range pages {
		name := p.Name
		if name == start {
			name = "start"
		}
		shape, err := templates(name)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		err = shape.Execute(&text, view{
			Page: p, Pages: pages, Style: style, Script: script, Data: p.data,
			Base: s.o.Base, Season: s.o.Season, Socket: lines.socket(),
		})
		if err != nil {
			return nil, fmt.Errorf("rendering /docs/%s: %w", p.Name, err)
		}
		files[p.Name] = newFile("text/html; charset=utf-8", text.Bytes(), revalidate)
	}
	return files, nil
}

func startPage() page {
	return page{Title: "Getting started", Groups: []group{{Entries: []entry{
		{ID: "start", Label: "Start a node", Find: "usher-dev run"},
		{ID: "token", Label: "Sign in", Find: "token bearer cookie session"},
		{ID: "websocat", Label: "Be a fan with websocat", Find: "socket join turn enter hold purchase"},
		{ID: "rest", Label: "The same over HTTP", Find: "curl rest"},
		{ID: "client", Label: "Write a client", Find: "reconnect retry idempotency errors jitter unknown fields"},
		{ID: "more", Label: "Read on", Find: "gate feed draw payments operating"},
	}}}}
}

// heading is a title with the id that links to it.
type heading struct{ ID, Title string }
