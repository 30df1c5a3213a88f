package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsNameFilesThatExist: each file, folder or link that a document names
// exists, beside the document or below the root.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	// A file in backticks, such as `queue/epoch.go` or `draw*.go`.
	namedFile := regexp.MustCompile("`([\\w.*-][\\w./*-]*\\.(?:go|lua|md|js|ts))`")
	// A folder of this module in backticks, such as `internal/store`.
	namedFolder := regexp.MustCompile("`((?:internal|booking|queue|web|hub|cmd|docs)(?:/[\\w-]+)*)`")
	// The target of a Markdown link, without its anchor.
	link := regexp.MustCompile(`\]\(([^)#]*)`)
	root := filepath.Join("..", "..")
	var documents []string
	for _, pattern := range []string{"*.md", "clients/*/*.md", "examples/*.md", "deploy/*.md", "docs/*.md", "docs/decisions/*.md", "*/DESIGN.md", "*/*/DESIGN.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	checked := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []*regexp.Regexp{namedFile, namedFolder, link} {
			for _, match := range pattern.FindAllStringSubmatch(string(text), -1) {
				name := match[1]
				if name == "" || strings.Contains(name, "://") {
					continue
				}
				checked++
				if !exists(filepath.Dir(document), name) && (pattern == link || !exists(root, name)) {
					t.Errorf("%s names %s, which does not exist", document, name)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d names were found: the patterns are wrong", checked)
	}
}

// exists reports whether a path below a folder exists. The path may have wildcards.
func exists(folder, path string) bool {
	found, err := filepath.Glob(filepath.Join(folder, path))
	return err == nil && len(found) > 0
}

// TestTheSecurityDocumentNamesTestsThatExist: each test that docs/security.md gives as
// a proof is in the code, and each row of a table of threats names one.
func TestTheSecurityDocumentNamesTestsThatExist(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllSubmatch(source, -1) {
			tests[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`")
	rows, inThreats := 0, false
	for number, line := range strings.Split(string(text), "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			inThreats = false
		case strings.HasPrefix(line, "| threat |"):
			inThreats = true
		case inThreats && !strings.HasPrefix(line, "| --- |"):
			rows++
			found := named.FindAllStringSubmatch(line, -1)
			if len(found) == 0 {
				t.Errorf("docs/security.md:%d names no test: %s", number+1, line)
			}
			for _, match := range found {
				if !tests[match[1]] {
					t.Errorf("docs/security.md:%d names %s, which does not exist", number+1, match[1])
				}
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d threats were found", rows)
	}
}
