package store

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// includeMark begins a line at the head of a Lua file that names a part the file
// needs, as in "-- @include part/clock".
const includeMark = "-- @include "

// Scripts are the Lua files of one package. A script names the parts it needs in
// its first lines, before any code:
//
//	-- @include keys
//	-- @include part/clock
//
// Each part is put before the file that names it, and once only. A part may
// include parts of its own. Lua sees one text, so a part's local names are known
// to all that follows.
type Scripts struct {
	Files fs.FS  // usually an embed.FS
	Dir   string // where the files lie in Files; "" for its root

	// Generated are parts that are made by Go instead of read from a file, by name:
	// the names of keys, for example, which Go and Lua must agree on.
	Generated map[string]string
}

// Load returns a script ready to run. It panics on an error of [Scripts.Source],
// which is a fault of the program's text and would show at its first start.
func (s Scripts) Load(name string) *redis.Script {
	source, err := s.Source(name)
	if err != nil {
		panic(err.Error())
	}
	return redis.NewScript(source)
}

// Source returns the text of a script with all its parts. The name is the file's
// path in Dir, without ".lua". An error names an unknown part, parts that include
// each other, or an include line that stands behind code, where it would be
// taken for a comment.
func (s Scripts) Source(name string) (string, error) {
	a := assembly{scripts: s, done: map[string]bool{}}
	if err := a.add(name); err != nil {
		return "", fmt.Errorf("lua: %w", err)
	}
	return a.text.String(), nil
}

// Names lists the scripts: the files that lie in Dir itself. Files in folders
// below are parts.
func (s Scripts) Names() ([]string, error) {
	found, err := fs.Glob(s.Files, path.Join(s.Dir, "*.lua"))
	if err != nil {
		return nil, fmt.Errorf("lua: %w", err)
	}
	for i, file := range found {
		found[i] = strings.TrimSuffix(path.Base(file), ".lua")
	}
	return found, nil
}

func (s Scripts) read(name string) (string, error) {
	if text, ok := s.Generated[name]; ok {
		return text, nil
	}
	text, err := fs.ReadFile(s.Files, path.Join(s.Dir, name+".lua"))
	return string(text), err
}

// assembly is one script while its parts are put together.
type assembly struct {
	scripts Scripts
	text    strings.Builder
	done    map[string]bool // files that are in the text
	open    []string        // files whose parts are being added, outermost first
}

func (a *assembly) add(name string) error {
	if a.done[name] {
		return nil
	}
	if slices.Contains(a.open, name) {
		return fmt.Errorf("%s includes itself: %s", name, strings.Join(append(a.open, name), " → "))
	}
	text, err := a.scripts.read(name)
	if err != nil && len(a.open) > 0 {
		return fmt.Errorf("%s includes %s: %w", a.open[len(a.open)-1], name, err)
	} else if err != nil {
		return err
	}
	includes, err := includesOf(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a.open = append(a.open, name)
	for _, part := range includes {
		if err := a.add(part); err != nil {
			return err
		}
	}
	a.open = a.open[:len(a.open)-1]
	a.done[name] = true
	if len(a.open) == 0 {
		a.text.WriteString(text)
		return nil
	}
	// A script need not use every name that a part defines.
	a.text.WriteString("-- " + name + "\n-- luacheck: push ignore 211 241\n" + text + "\n-- luacheck: pop\n")
	return nil
}

// includesOf returns the parts that a file's head names, in order.
func includesOf(text string) (parts []string, err error) {
	head := true
	for number, line := range strings.Split(text, "\n") {
		part, is := strings.CutPrefix(line, includeMark)
		switch {
		case is && !head:
			return nil, fmt.Errorf("line %d: %q must stand before any code", number+1, line)
		case is:
			parts = append(parts, strings.TrimSpace(part))
		case head && line != "":
			head = strings.HasPrefix(line, "--")
		}
	}
	return parts, nil
}
