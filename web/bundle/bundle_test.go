package bundle

import (
	"slices"
	"strings"
	"testing"
)

func small() map[string][]byte {
	return map[string][]byte{
		"app/start.js":        []byte("// @ts-check\nimport { said } from \"./said.js\";\nconst tag = document.documentElement.lang;\nconst texts = `./texts/${tag}.js`;\nimport(texts).then(said);\nimport(\"./views/late.js\");\n"),
		"app/said.js":         []byte("export let last;\n/** A long comment that no browser needs. */\nexport function said(text) { last = text; console.log(text, import.meta.url); }\n"),
		"app/views/late.js":   []byte("import { last } from \"../said.js\";\nimport { part } from \"../part.js\";\nconsole.log(last, part, new URL(\"../late.css\", import.meta.url).href);\n"),
		"app/part.js":         []byte("export const part = 1;\n"),
		"app/texts/de.js":     []byte("export const hello = \"Grüß Gott\";\n"),
		"app/views/unused.js": []byte("export const unused = 1;\n"),
	}
}

func TestEntriesKeepTheirPathsAndTheRestIsLoadedOnDemand(t *testing.T) {
	t.Parallel()
	files, err := Build(small(), "app", []string{"app/start.js"}, "app/start.js", "app/texts/de.js")
	if err != nil {
		t.Fatal(err)
	}
	start := string(files.ByName["app/start.js"])
	if start == "" || !strings.Contains(start, "./texts/${") || strings.Contains(start, "long comment") {
		t.Errorf("the entry is %q", start)
	}
	if got := string(files.ByName["app/texts/de.js"]); !strings.Contains(got, "Grüß Gott") {
		t.Errorf("the text is %q", got)
	}
	late := files.Loads("app/views/late.js")
	now := files.Loads("app/start.js")
	if len(late) != 2 || len(now) != 2 || slices.Contains(now, late[0]) && slices.Contains(now, late[1]) {
		t.Errorf("at once: %v; on demand: %v", now, late)
	}
	all := ""
	for name, text := range files.ByName {
		if !strings.HasPrefix(name, "app/") {
			t.Errorf("%s is not below app", name)
		}
		all += string(text)
	}
	if strings.Contains(all, "unused") || !strings.Contains(all, `"./views/late.js",import.meta.url`) || !strings.Contains(all, `"./said.js",import.meta.url`) {
		t.Errorf("the files are %s", all)
	}
}

func TestABrokenModuleIsNamed(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"imports ./none.js, which is not there": `import "./none.js";`,
		"app/part.js:1":                         `const = 1;`,
	} {
		sources := small()
		sources["app/part.js"] = []byte(source)
		if _, err := Build(sources, "app", nil, "app/start.js"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStyleSheetLosesNothingButSpace(t *testing.T) {
	t.Parallel()
	got, err := Style([]byte("/* note */\n.a { inset: 0; color: rgb(0 0 0 / 6%); }\n@media (width < 30rem) { .b::before { content: \"· \"; } }\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"inset:0", `content:"· "`, "@media"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if strings.Contains(string(got), "note") {
		t.Errorf("%q has a comment", got)
	}
}
