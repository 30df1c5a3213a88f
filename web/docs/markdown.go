package docs

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	link     = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
	strong   = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// markdown renders the small part of Markdown that the descriptions use: paragraphs,
// `code`, **strong** and [links](/to).
func markdown(text string) template.HTML {
	var b strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if paragraph = strings.Join(strings.Fields(paragraph), " "); paragraph != "" {
			b.WriteString("<p>" + string(inline(paragraph)) + "</p>\n")
		}
	}
	return template.HTML(b.String()) // every text was escaped by inline
}

// inline renders one line without a paragraph around it.
func inline(text string) template.HTML {
	var b strings.Builder
	last := 0
	for _, span := range codeSpan.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(words(text[last:span[0]]))
		b.WriteString("<code>" + html.EscapeString(text[span[2]:span[3]]) + "</code>")
		last = span[1]
	}
	b.WriteString(words(text[last:]))
	return template.HTML(b.String()) // every text was escaped
}

// words renders text without code.
func words(text string) string {
	text = html.EscapeString(text)
	text = link.ReplaceAllString(text, `<a href="$2">$1</a>`)
	return strong.ReplaceAllString(text, "<strong>$1</strong>")
}
