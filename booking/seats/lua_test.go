package seats

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"usher/internal/testkit"
)

func TestLuacheck(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	testkit.Luacheck(t, "../..", Lua)
}

// TestScriptsSayWhatTheyAre holds the headers of the scripts to their form.
func TestScriptsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	names, err := Lua.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		head, code, _ := strings.Cut(string(text), "\n-- @include ")
		for _, want := range []string{"-- " + name + " ", "\n-- Reply  {", "\n-- It may run twice"} {
			if !strings.Contains(head, want) {
				t.Errorf("the header of %s.lua does not say %q", name, strings.TrimSpace(want))
			}
		}
		if strings.Contains(code, "ARGV[") && !strings.Contains(head, "-- ARGV") {
			t.Errorf("the header of %s.lua does not list its arguments", name)
		}
	}
}

// TestScriptsIncludeWhatTheyCall: a reader of a script finds each function in a
// part that the script itself names. Only the functions of part/redis are known
// everywhere.
func TestScriptsIncludeWhatTheyCall(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	defined := regexp.MustCompile(`(?m)^local function (\w+)`)
	comment := regexp.MustCompile(`(?m)--.*$`)
	parts, err := fs.Glob(luaFiles, "lua/part/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	partOf := map[string]string{}
	for _, file := range parts {
		text, err := luaFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		part := strings.TrimSuffix(strings.TrimPrefix(file, "lua/"), ".lua")
		for _, found := range defined.FindAllStringSubmatch(string(text), -1) {
			if part != "part/redis" {
				partOf[found[1]] = part
			}
		}
	}
	names, err := Lua.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		code := comment.ReplaceAllString(string(text), "")
		for function, part := range partOf {
			calls := regexp.MustCompile(`(^|[^\w.])` + function + `\(`).MatchString(code)
			own := strings.Contains(code, "local function "+function+"(")
			if calls && !own && !strings.Contains(string(text), "-- @include "+part+"\n") {
				t.Errorf("%s.lua calls %s, but does not include %s", name, function, part)
			}
		}
	}
}
