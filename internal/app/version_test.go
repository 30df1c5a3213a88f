package app

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

// TestTheVersionComesFromTheBuild: a tagged build, one with changes, and one that did
// not see the repository.
func TestTheVersionComesFromTheBuild(t *testing.T) {
	settings := func(pairs ...string) (s []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			s = append(s, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return s
	}
	platform := " " + runtime.GOOS + "/" + runtime.GOARCH
	for name, c := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"tagged":        {debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: settings("vcs.revision", "0123abcd", "vcs.modified", "false")}, "usher v1.2.3, commit 0123abcd, go1.26.8"},
		"with changes":  {debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3+dirty"}, Settings: settings("vcs.revision", "0123abcd", "vcs.modified", "true")}, "usher v1.2.3+dirty, commit 0123abcd, with changes, go1.26.8"},
		"no repository": {debug.BuildInfo{}, "usher (devel), commit unknown, " + runtime.Version()},
	} {
		if got := buildOf(&c.info).line("usher"); got != c.want+platform {
			t.Errorf("%s: %q, want %q", name, got, c.want+platform)
		}
	}
}

// TestEveryProgramPrintsItsVersion: the flag needs no command, also where the program
// itself is a command.
func TestEveryProgramPrintsItsVersion(t *testing.T) {
	for program, commands := range map[string][]Command{
		"usher":     {{Name: "serve"}},
		"usher-dev": {{Name: ""}, {Name: "stores"}},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), program, "about", commands, []string{"--version"}, &out, &errs)
		if status != 0 || errs.Len() > 0 || !strings.HasPrefix(out.String(), program+" ") || !strings.Contains(out.String(), runtime.Version()) {
			t.Errorf("%s --version exits %d and prints %q, %q", program, status, out.String(), errs.String())
		}
	}
}
