package language

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(target, cookie string, accepts ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: Cookie, Value: cookie})
	}
	for _, value := range accepts {
		r.Header.Add("Accept-Language", value)
	}
	return r
}

func TestTheBestAcceptedLanguageIsChosen(t *testing.T) {
	t.Parallel()
	c := New(false)
	for accepts, want := range map[string]string{
		"":                                  "en",
		"*":                                 "en",
		"de":                                "de",
		"de-CH,de;q=0.9,en;q=0.8":           "de",
		"gsw":                               "de", // who reads Swiss German reads German
		"fr-CA":                             "fr",
		"es-419,en;q=0.1":                   "es",
		"ar-EG":                             "ar",
		"en;q=0.4,fr;q=0.9":                 "fr",
		"fr;q=0,en":                         "en",
		"ja,zh;q=0.9":                       "en",
		"ja,de;q=0.1":                       "de",
		"DE-de":                             "de",
		"en-XA":                             "en",
		"no such header; at all":            "en",
		"de," + strings.Repeat("x-y,", 200): "en",
	} {
		if got := c.Of(ask("/", "", accepts)); got.Tag != want {
			t.Errorf("Accept-Language %q: %s, want %s", accepts, got.Tag, want)
		}
	}
	if got := c.Of(ask("/", "", "ja", "es")); got.Tag != "es" {
		t.Errorf("of two headers: %s, want es", got.Tag)
	}
}

func TestAddressAndCookieGoBeforeTheBrowser(t *testing.T) {
	t.Parallel()
	c := New(false)
	for _, try := range []struct{ target, cookie, want string }{
		{"/", "ar", "ar"},
		{"/?lang=fr", "ar", "fr"},
		{"/?season=lang", "ar", "ar"},
		{"/?lang=xx", "ar", "ar"},
		{"/?lang=", "xx", "de"},
		{"/?lang=pseudo", "", "de"},
		{"/?lang=en-XA", "en-XA", "de"},
	} {
		if got := c.Of(ask(try.target, try.cookie, "de")); got.Tag != try.want {
			t.Errorf("%s with cookie %q: %s, want %s", try.target, try.cookie, got.Tag, try.want)
		}
	}
}

func TestPseudoLanguageOnlyOnDemand(t *testing.T) {
	t.Parallel()
	c := New(true)
	for _, r := range []*http.Request{ask("/?lang=pseudo", "", "de"), ask("/", Pseudo().Tag, "de")} {
		if got := c.Of(r); got != Pseudo() {
			t.Errorf("%s: %v", r.URL, got)
		}
	}
	if got := c.Of(ask("/", "", "en-XA")); got.Tag != "en" {
		t.Errorf("a browser that accepts en-XA: %s, want en", got.Tag)
	}
}
