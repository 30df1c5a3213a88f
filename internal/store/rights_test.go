package store

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRightsAreTriedForEveryCommandOfAScript: a new one is added to the list.
func TestRightsAreTriedForEveryCommandOfAScript(t *testing.T) {
	tried := map[string]bool{"PUBLISH": true} // on channels
	for _, command := range redisCommands {
		tried[strings.Fields(command)[0]] = true
	}
	sent := regexp.MustCompile(`call\('([A-Z]+)'`)
	scripts := 0
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".lua" {
			return err
		}
		scripts++
		text, err := os.ReadFile(path)
		for _, found := range sent.FindAllStringSubmatch(string(text), -1) {
			if !tried[found[1]] {
				t.Errorf("%s calls %s, which is not in redisCommands: add it there and to the ACL line of docs/operating.md", path, found[1])
			}
		}
		return err
	})
	if err != nil || scripts < 20 {
		t.Fatalf("%d scripts read: %v", scripts, err)
	}
}
