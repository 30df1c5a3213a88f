package web

import (
	"bytes"
	"html/template"
	"net/http"
	"sync"

	"usher/internal/fault"
	"usher/internal/text"
)

// problemPage shows a person why a link or a redirect failed. It needs no script.
var problemPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p><bdi>{{.Detail}}</bdi></p>
{{with .Wait}}<p>Try again in {{.}} seconds.</p>
{{end}}<p><a href="/">Back to the sale</a></p>
</main>
</body>
</html>
`))
})

const problemPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// isNavigation reports whether a person will see the answer as a page: a browser
// followed a link or a redirect. Programs and scripts ask for no HTML.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return names(acceptsOf(r.Header), "Accept", "text/html")
}

// acceptsOf is the header Accept without the weights.
func acceptsOf(h http.Header) http.Header {
	accepts := http.Header{}
	for _, value := range h.Values("Accept") {
		for _, part := range bytes.Split([]byte(value), []byte(",")) {
			media, _, _ := bytes.Cut(part, []byte(";"))
			accepts.Add("Accept", text.Fold(string(bytes.TrimSpace(media))))
		}
	}
	return accepts
}

func writeProblemPage(w http.ResponseWriter, f *fault.Error, status int, title string) {
	setProblemHeaders(w, f, status)
	h := w.Header()
	var page bytes.Buffer
	wait := ""
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		wait = h.Get("Retry-After")
	}
	if err := problemPage().Execute(&page, struct{ Title, Detail, Wait string }{title, f.Detail, wait}); err != nil {
		panic("web: the problem's page is constant: " + err.Error())
	}
	h.Del("WWW-Authenticate") // no dialog of the browser's own
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", problemPolicy)
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}
