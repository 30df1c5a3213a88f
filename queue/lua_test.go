package queue

import (
	"strings"
	"testing"

	"usher/internal/testkit"
)

func TestLuacheck(t *testing.T) {
	t.Parallel()
	testkit.Luacheck(t, "..", luaScripts)
}

// TestScriptsSayWhatTheyAre holds the headers of the scripts to their form.
func TestScriptsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	names, err := luaScripts.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		head, code, _ := strings.Cut(string(text), "\n-- @include ")
		for _, want := range []string{"-- " + name + " ", "\n-- It may run twice"} {
			if !strings.Contains(head, want) {
				t.Errorf("the header of %s.lua does not say %q", name, strings.TrimSpace(want))
			}
		}
		if strings.Contains(code, "ARGV[3]") && !strings.Contains(head, "-- ARGV") {
			t.Errorf("the header of %s.lua does not list its arguments", name)
		}
	}
}
