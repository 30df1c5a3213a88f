package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFoldTouchesNothingButASCII(t *testing.T) {
	for written, want := range map[string]string{
		"":                         "",
		"ada@example.org":          "ada@example.org",
		"Ada@EXAMPLE.org":          "ada@example.org",
		"adm\u0130n@example.org":   "adm\u0130n@example.org",
		"\u212Aelvin@EXAMPLE.org":  "\u212Aelvin@example.org",
		"stra\u00DFe@\u017Fite.de": "stra\u00DFe@\u017Fite.de",
	} {
		if got := Fold(written); got != want {
			t.Errorf("%q becomes %q, want %q", written, got, want)
		}
	}
	if EqualFold("web\u017Focket", "websocket") || EqualFold("\u212A", "k") || !EqualFold("WebSocket", "websocket") {
		t.Error("letters beyond ASCII are taken for ASCII ones")
	}
}

func TestNamesCanBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		ok    bool
		clean string
	}{
		"plain":                       {"Spring Gala 2027", true, "Spring Gala 2027"},
		"accents":                     {"Zoë Müller-Škoda", true, "Zoë Müller-Škoda"},
		"a digit alone, as of a gate": {"3", true, "3"},
		"Arabic":                      {"محمد", true, "محمد"},
		"Persian with a non-joiner":   {"می\u200cخواهم", true, "می\u200cخواهم"},
		"Sinhala with a joiner":       {"ශ්\u200dරී", true, "ශ්\u200dරී"},
		"a heart beside letters":      {"I \u2764\ufe0f NY", true, "I \u2764\ufe0f NY"},
		"right to left override":      {"Gala \u202e7202", false, "Gala 7202"},
		"isolates":                    {"\u2066Ada\u2069", false, "Ada"},
		"a mark of direction":         {"Ada\u200f", false, "Ada"},
		"a joiner at the end":         {"Ada\u200d", false, "Ada"},
		"a joiner between spaces":     {"A \u200d B", false, "A  B"},
		"two joiners":                 {"A\u200d\u200dB", false, "AB"},
		"a byte order mark":           {"\ufeffAda", false, "Ada"},
		"a soft hyphen":               {"A\u00adda", false, "Ada"},
		"a Hangul filler":             {"\u3164", false, ""},
		"a filler beside letters":     {"Ada\u3164", false, "Ada"},
		"a blank of Braille":          {"\u2800", false, ""},
		"tags":                        {"Ada\U000E0041", false, "Ada"},
		"a line break":                {"Ada\nLovelace", false, "Ada Lovelace"},
		"a line separator":            {"Ada\u2028Lovelace", false, "Ada Lovelace"},
		"a bell":                      {"Ada\a", false, "Ada"},
		"for private use":             {"Ada\ue000", false, "Ada"},
		"spaces":                      {"   ", false, ""},
		"marks of Hebrew":             {"\u05e9\u05bc\u05c1\u05b8\u05dc", true, "\u05e9\u05bc\u05c1\u05b8\u05dc"},
		"marks of Vietnamese":         {"Vie\u0323\u0302t", true, "Vie\u0323\u0302t"},
		"marks in a pile":             {"A" + strings.Repeat("\u0301", 30) + "da", false, "A\u0301\u0301\u0301\u0301da"},
		"marks about letters":         {"A" + strings.Repeat("\u20dd", 5) + "da", false, "A" + strings.Repeat("\u20dd", 4) + "da"},
		"a mark on nothing":           {"\u0301Ada", false, "Ada"},
		"a mark on a space":           {"Ada \u0301Lovelace", false, "Ada Lovelace"},
		"dots":                        {"...", false, ""},
		"nothing":                     {"", false, ""},
		"no UTF-8":                    {"Ada\xff", false, "Ada"},
		"a selector at the start":     {"\ufe0fAda", false, "Ada"},
		"long":                        {strings.Repeat("ä", 40), true, strings.Repeat("ä", 40)},
		"too long":                    {strings.Repeat("ä", 41), false, strings.Repeat("ä", 40)},
	} {
		if err := CheckName(c.text, 40); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if got := CleanName(c.text, 40); got != c.clean {
			t.Errorf("%s: cleaned %q, want %q", name, got, c.clean)
		}
	}
}

func FuzzCleanNamesAreFit(f *testing.F) {
	f.Add("a\u200d\u200db")
	f.Add("\u200d\u0301\u200da")
	f.Fuzz(func(t *testing.T, name string) {
		clean := CleanName(name, 10)
		if clean == "" {
			return
		}
		if err := CheckName(clean, 10); err != nil || !utf8.ValidString(clean) {
			t.Errorf("%q cleaned is %q: %v", name, clean, err)
		}
	})
}
