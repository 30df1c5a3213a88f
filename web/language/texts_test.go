package language

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
	form        = regexp.MustCompile(`\.(zero|one|two|few|many|other)$`)
)

// base returns a key without the form of a plural. ticket.one is no plural.
func base(words map[string]string, key string) string {
	stem := form.ReplaceAllString(key, "")
	if _, isPlural := words[stem+".other"]; isPlural {
		return stem
	}
	return key
}

func TestEveryLanguageHasTheTextsOfEnglish(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(files, "texts")
	if err != nil || len(entries) != len(All()) {
		t.Errorf("%d files of texts for %d languages, %v", len(entries), len(All()), err)
	}
	english := wordsOf("en")
	for _, l := range All() {
		words := wordsOf(l.Tag)
		texts := l.Texts()
		seen := map[string]bool{}
		for key, text := range words {
			stem := base(words, key)
			seen[stem] = true
			like, known := english[key]
			if stem != key {
				like, known = english[stem+".other"]
			}
			if !known {
				t.Errorf("texts/%s.json: %s is in no English text", l.Tag, key)
				continue
			}
			if strings.TrimSpace(text) == "" {
				t.Errorf("texts/%s.json: %s is empty", l.Tag, key)
			}
			got, want := placeholder.FindAllString(text, -1), placeholder.FindAllString(like, -1)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
				t.Errorf("texts/%s.json: %s has the placeholders %v, want %v", l.Tag, key, got, want)
			}
		}
		for key := range english {
			stem := base(english, key)
			if !seen[stem] {
				t.Errorf("texts/%s.json lacks %s: %q", l.Tag, stem, english[key])
			}
			if stem == key {
				continue
			}
			for _, n := range []int{0, 1, 2, 3, 11, 100, 1_000_000} {
				if _, has := words[stem+"."+texts.form(n)]; !has {
					t.Errorf("texts/%s.json lacks %s.%s, the form for %d", l.Tag, stem, texts.form(n), n)
				}
			}
		}
		months := map[string]bool{}
		for key, name := range words {
			if strings.HasPrefix(key, "month.") {
				months[name] = true
			}
		}
		if len(months) != 12 {
			t.Errorf("texts/%s.json has the months %v", l.Tag, slices.Sorted(maps.Keys(months)))
		}
	}
}

func TestTextsAreFilled(t *testing.T) {
	t.Parallel()
	in := func(tag string) *Texts {
		for _, l := range append(All(), Pseudo()) {
			if l.Tag == tag {
				return l.Texts()
			}
		}
		t.Fatalf("no language %s", tag)
		return nil
	}
	at := time.Date(2027, 5, 7, 20, 0, 0, 0, time.UTC)
	for _, try := range []struct{ got, want string }{
		{in("en").Moment(at), "Friday, 7 May 2027, 20:00"},
		{in("de").Moment(at), "Freitag, 7. Mai 2027, 20:00"},
		{in("fr").Moment(at), "vendredi 7 mai 2027 à 20:00"},
		{in("es").Moment(at), "viernes, 7 de mayo de 2027, 20:00"},
		{in("en").Count("problem.wait", 1), "Try again in 1 second."},
		{in("de").Count("problem.wait", 5), "Versuchen Sie es in 5 Sekunden noch einmal."},
		{in("ar").Say("ticket.one", "seat", "14-A"), "التذكرة \u206814-A\u2069"},
		{in("ar").Count("problem.wait", 5), "حاول مرة أخرى بعد \u20685\u2069 ثوانٍ."},
		{in("de").Say("ticket.one", "seat", "{id}"), "Ticket {id}"}, // a value is never read as a placeholder
		{in("fr").Decimal("45.00 EUR"), "45,00 EUR"},
		{in("en-XA").Say("print.print"), "⟦Print~~⟧"},
		{in("de").Say("no.such.key"), "no.such.key"},
	} {
		if try.got != try.want {
			t.Errorf("got %q, want %q", try.got, try.want)
		}
	}
}
