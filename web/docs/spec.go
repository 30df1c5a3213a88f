package docs

import (
	"embed"
	"html/template"
	"strings"
)

//go:embed openapi.yaml
var openAPI []byte

//go:embed asyncapi.yaml
var asyncAPI []byte

// pageFiles are the templates, the style and the script of the pages.
//
//go:embed pages
var pageFiles embed.FS

// OpenAPI returns openapi.yaml. The caller must not change it.
func OpenAPI() []byte { return openAPI }

// AsyncAPI returns asyncapi.yaml. The caller must not change it.
func AsyncAPI() []byte { return asyncAPI }

// templates parses the layout with one page.
func templates(page string) (*template.Template, error) {
	code := func(text string) example { return example{Text: text} }
	return template.New("layout.html").Funcs(template.FuncMap{"code": code, "soft": soft}).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html", "pages/"+page+".html")
}

// soft lets a browser break a code after each underscore, where the line is too short.
func soft(code string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(code), "_", "_<wbr>")) // escaped
}
