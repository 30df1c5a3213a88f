package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/web/language"
)

func TestAppPageLoadsOneLanguage(t *testing.T) {
	t.Parallel()
	a := testApp()
	for _, l := range language.All() {
		for target, files := range map[string][]string{"/": {l.Tag + ".js"}, "/admin": {l.Tag + ".js", l.Tag + "_work.js"}} {
			response := askApp(t, a, target, "Accept-Language", l.Tag)
			text := appBody(t, response)
			if head := `<html lang="` + l.Tag + `" dir="` + l.Direction + `">`; !strings.Contains(text, head) {
				t.Errorf("%s in %s does not begin with %s", target, l.Tag, head)
			}
			want := slices.Clone(files)
			var got []string
			for _, match := range regexp.MustCompile(`href="[^"]*/web/app/texts/([^"]+)"`).FindAllStringSubmatch(text, -1) {
				got = append(got, match[1])
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s in %s preloads the texts %v, want %v", target, l.Tag, got, want)
			}
			if vary := strings.Join(response.Header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Language") {
				t.Errorf("%s: Vary is %q, so that a cache would mix languages", target, vary)
			}
			if again := askApp(t, a, target, "Accept-Language", "xx", "If-None-Match", response.Header.Get("ETag")); l.Tag != "en" && again.StatusCode != http.StatusOK {
				t.Errorf("%s in %s has the ETag of English", target, l.Tag)
			}
		}
	}
}

// The app links to itself in each language, and loads the file that the server names.
func TestAppKnowsTheServersLanguages(t *testing.T) {
	t.Parallel()
	a := testApp()
	source, err := appFiles.ReadFile("app/language.js")
	if err != nil {
		t.Fatal(err)
	}
	module := string(source)
	found := regexp.MustCompile(`(?m)^export const languages = \{(.*)\};$`).FindStringSubmatch(module)
	if found == nil {
		t.Fatal("language.js has no languages")
	}
	var got, want []string
	for _, match := range regexp.MustCompile(`(\w+): "`).FindAllStringSubmatch(found[1], -1) {
		got = append(got, match[1])
	}
	for _, l := range append(language.All(), language.Pseudo()) {
		if l != language.Pseudo() {
			want = append(want, l.Tag)
		}
		for _, name := range []string{l.Tag + ".js", l.Tag + "_work.js"} {
			if _, served := a.assets[appFolder+"/texts/"+name]; !served {
				t.Errorf("texts/%s is missing", name)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("language.js has %v, the server %v", got, want)
	}
}
