package store

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// luaFiles makes files of name, text pairs, in the folder "lua".
func luaFiles(pairs ...string) fs.FS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files["lua/"+pairs[i]+".lua"] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

func TestAScriptIsPutTogetherOfItsParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		want  []string // lines of code, in order
	}{
		{"no part", []string{"main", "-- a script\nrun()"}, []string{"run()"}},
		{
			"parts in the order of their lines",
			[]string{"main", "-- @include part/b\n-- @include part/a\nrun()", "part/a", "a()", "part/b", "b()"},
			[]string{"b()", "a()", "run()"},
		},
		{
			"a part's own parts come before it",
			[]string{"main", "-- @include part/b\nrun()", "part/b", "-- b needs a\n-- @include part/a\n\nb()", "part/a", "a()"},
			[]string{"a()", "b()", "run()"},
		},
		{
			"a part that two others need comes once",
			[]string{
				"main", "-- @include part/b\n-- @include part/c\nrun()",
				"part/b", "-- @include part/a\nb()", "part/c", "-- @include part/a\nc()", "part/a", "a()",
			},
			[]string{"a()", "b()", "c()", "run()"},
		},
		{
			"a generated part",
			[]string{"main", "-- the head may go on\n-- @include keys\nrun()"},
			[]string{"local LINE = KEYS[1]", "run()"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			scripts := Scripts{Files: luaFiles(c.files...), Dir: "lua", Generated: map[string]string{"keys": "local LINE = KEYS[1]"}}
			source, err := scripts.Source("main")
			if err != nil {
				t.Fatal(err)
			}
			var code []string
			for line := range strings.Lines(source) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
					code = append(code, line)
				}
			}
			if !slices.Equal(code, c.want) {
				t.Errorf("the code is %q, want %q", code, c.want)
			}
			if scripts.Load("main") == nil {
				t.Error("no script was loaded")
			}
		})
	}
}

func TestAScriptThatCannotBePutTogetherIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"no such script", nil, "main.lua"},
		{"an unknown part", []string{"main", "-- @include part/a\nrun()"}, "main includes part/a"},
		{
			"a cycle",
			[]string{"main", "-- @include part/a\n", "part/a", "-- @include part/b\n", "part/b", "-- @include part/a\n"},
			"part/a includes itself: main → part/a → part/b → part/a",
		},
		{"a script that includes itself", []string{"main", "-- @include main\n"}, "main → main"},
		{"an include behind code", []string{"main", "run()\n-- @include part/a\n", "part/a", "a()"}, "line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Scripts{Files: luaFiles(c.files...), Dir: "lua"}.Source("main")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestPartsAreNotScripts(t *testing.T) {
	t.Parallel()
	names, err := Scripts{Files: luaFiles("a", "", "part/b", "", "c", ""), Dir: "lua"}.Names()
	if err != nil || !slices.Equal(names, []string{"a", "c"}) {
		t.Error(names, err)
	}
}
