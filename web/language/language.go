// Package language chooses the language of an answer to a person, and has the server's
// own texts. Entry points are [Chooser.Of] and [Language.Texts]. The browser app has its
// texts in a file a language below web/app/texts.
package language

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// Language is one that pages can be in.
type Language struct {
	Tag       string // BCP 47; also the name of the app's file of texts
	Direction string // ltr or rtl, as HTML's dir says it
}

const (
	// Cookie keeps a person's choice. The page's script writes it.
	Cookie = "usher_language"
	// Parameter of an address asks for a language, before the cookie and the browser.
	Parameter = "lang"

	// Vary names what the choice depends on, for the header Vary.
	Vary = "Cookie, Accept-Language"

	// pseudoWord asks for the pseudo-language in an address.
	pseudoWord = "pseudo"
	// longestAccept is how many bytes of Accept-Language are read. Browsers send fewer.
	longestAccept = 500
)

// All returns the languages; English, the first, is for everyone who asks for none of
// them.
func All() []Language {
	return []Language{{"en", "ltr"}, {"de", "ltr"}, {"fr", "ltr"}, {"es", "ltr"}, {"ar", "rtl"}}
}

// Tagged returns the language with a tag; English for any other text.
func Tagged(tag string) Language {
	for _, l := range append(All(), Pseudo()) {
		if l.Tag == tag {
			return l
		}
	}
	return All()[0]
}

// Pseudo is English with marks around each text, and longer: a text without marks is
// not translated, and a page that has room for it has room for other languages. It is
// for development and tests.
func Pseudo() Language { return Language{"en-XA", "ltr"} }

// Chooser chooses among the languages. Make one with New. It is immutable.
type Chooser struct {
	all     []Language
	byTag   map[string]Language
	matcher language.Matcher
}

// New returns a chooser. With pseudo set, an address or a cookie can ask for the
// pseudo-language.
func New(pseudo bool) *Chooser {
	c := &Chooser{all: All(), byTag: map[string]Language{}}
	var tags []language.Tag
	for _, l := range c.all {
		c.byTag[l.Tag] = l
		tags = append(tags, language.MustParse(l.Tag)) // All has valid tags
	}
	if pseudo {
		c.byTag[pseudoWord], c.byTag[Pseudo().Tag] = Pseudo(), Pseudo()
	}
	c.matcher = language.NewMatcher(tags)
	return c
}

// Of returns the language of the answer to a request: the one its address asks for,
// else the cookie's, else the best that its browser accepts, else English.
func (c *Chooser) Of(r *http.Request) Language {
	if strings.Contains(r.URL.RawQuery, Parameter) {
		if l, known := c.byTag[r.URL.Query().Get(Parameter)]; known {
			return l
		}
	}
	if kept, err := r.Cookie(Cookie); err == nil {
		if l, known := c.byTag[kept.Value]; known {
			return l
		}
	}
	return c.accepted(strings.Join(r.Header.Values("Accept-Language"), ","))
}

func (c *Chooser) accepted(header string) Language {
	if header == "" || len(header) > longestAccept {
		return c.all[0]
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return c.all[0]
	}
	_, at, confidence := c.matcher.Match(tags...)
	if confidence == language.No {
		at = 0
	}
	return c.all[at]
}
