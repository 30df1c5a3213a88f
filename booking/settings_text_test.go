package booking

import (
	"slices"
	"strings"
	"testing"

	"usher/internal/fault"
)

// TestSettingsAsEditorsSaveThem: with a byte order mark, and with an error that names text
// not in UTF-8.
func TestSettingsAsEditorsSaveThem(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"a mark": "\ufeffid: demo\r\nname: Gala\r\n", "none": "id: demo\nname: Gala\n"} {
		if id, patch, err := ParseSettingsYAML([]byte(text)); id != "demo" || string(patch) != `{"name":"Gala"}` || err != nil {
			t.Errorf("%s: %q %s %v", name, id, patch, err)
		}
	}
	for text, want := range map[string]string{
		"\xff\xfei\x00d\x00:\x00":   "the file is UTF-16: save as UTF-8",
		"id: demo\nname: Gal\xe0\n": "line 2 is not UTF-8: save as UTF-8",
		"PK\x03\x04":                "zip",
	} {
		if _, _, err := ParseSettingsYAML([]byte(text)); !fault.Is(err, fault.InvalidRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestASeasonsNameCanBeRead: no character in the name is invisible or reverses the text
// after it.
func TestASeasonsNameCanBeRead(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{"Spring Gala": true, "حفل الربيع": true, "Gala \u202e7202": false, "\u200b": false, "\u3164": false, "...": false} {
		s := DefaultSettings("demo")
		s.Name = name
		refused := slices.ContainsFunc(s.problems(), func(f fault.Field) bool { return f.Field == "name" })
		if refused == ok {
			t.Errorf("%q: refused %v", name, refused)
		}
	}
}
