package language

import (
	"embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// files are the server's own texts, a file a language: a text by its key, with
// placeholders in braces. A text with a number has a key for each form of the plural.
//
//go:embed texts/*.json
var files embed.FS

// Texts are the server's texts in one language: for tickets on paper and for pages
// that say what went wrong. It is immutable.
type Texts struct {
	Language
	tag    language.Tag
	words  map[string]string
	marked bool // the pseudo-language
}

// all reads the files once per process.
var all = sync.OnceValue(func() map[string]*Texts {
	found := map[string]*Texts{}
	for _, l := range All() {
		found[l.Tag] = &Texts{Language: l, tag: language.MustParse(l.Tag), words: wordsOf(l.Tag)}
	}
	pseudo := *found["en"]
	pseudo.Language, pseudo.marked = Pseudo(), true
	found[pseudo.Tag] = &pseudo
	return found
})

func wordsOf(tag string) map[string]string {
	var words map[string]string
	text, err := files.ReadFile("texts/" + tag + ".json")
	if err == nil {
		err = json.Unmarshal(text, &words)
	}
	if err != nil {
		panic("language: texts/" + tag + ".json is part of the program: " + err.Error())
	}
	return words
}

// Texts returns the server's texts in a language of All, or in the pseudo-language.
func (l Language) Texts() *Texts { return all()[l.Tag] }

// Say returns the text of a key. fill are names of placeholders, each followed by its
// value. A text that the language lacks is English; tests find these.
func (t *Texts) Say(key string, fill ...string) string {
	text, ok := t.words[key]
	if !ok {
		if text, ok = all()["en"].words[key]; !ok {
			return key
		}
	}
	for i := 0; i < len(fill); i += 2 {
		fill[i] = "{" + fill[i] + "}"
		fill[i+1] = t.isolate(fill[i+1])
	}
	text = strings.NewReplacer(fill...).Replace(text)
	if t.marked {
		return "⟦" + text + strings.Repeat("~", (2*len(text)+4)/5) + "⟧"
	}
	return text
}

// Count returns the form of a text for a number, with the number as {n}.
func (t *Texts) Count(key string, n int) string {
	return t.Say(key+"."+t.form(n), "n", strconv.Itoa(n))
}

// form returns CLDR's name of the plural form of a number.
func (t *Texts) form(n int) string {
	switch plural.Cardinal.MatchPlural(t.tag, n, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

// Isolated sets a value apart that is joined to texts by other means than Say.
func (t *Texts) Isolated(value string) string { return t.isolate(value) }

// isolate sets a value apart in a text from right to left, so that it keeps the order
// of its own letters and digits.
func (t *Texts) isolate(value string) string {
	if t.Direction != "rtl" || value == "" {
		return value
	}
	const firstStrongIsolate, popIsolate = "\u2068", "\u2069"
	return firstStrongIsolate + value + popIsolate
}

// Moment writes a day and a time of day, in the location of the time: Friday, 7 May
// 2027, 20:00.
func (t *Texts) Moment(at time.Time) string {
	plain := *t
	plain.marked, plain.Direction = false, "ltr" // marks belong around the whole text, and its words need no isolation
	date := plain.Say(
		"date.day", "weekday", plain.Say("weekday."+strconv.Itoa(int(at.Weekday()))), "day", strconv.Itoa(at.Day()),
		"month", plain.Say("month."+strconv.Itoa(int(at.Month()))), "year", strconv.Itoa(at.Year()),
	)
	return plain.Say("date.moment", "date", date, "time", at.Format("15:04"))
}

// Decimal writes a number that has its decimals behind a dot, such as 45.00, with the
// language's own sign.
func (t *Texts) Decimal(number string) string {
	return strings.Replace(number, ".", t.words["decimal"], 1)
}
