package app

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// build says from what this program was built.
type build struct {
	version string // a tag, or a pseudo-version of the commit; (devel) where the build did not see the repository
	commit  string // "" where the build did not see the repository
	changed bool   // files differed from the commit
	golang  string // the version of Go
}

// thisBuild reads what the Go command has recorded in this program.
func thisBuild() build {
	info, found := debug.ReadBuildInfo()
	if !found {
		info = &debug.BuildInfo{}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	b := build{version: cmp.Or(info.Main.Version, "(devel)"), golang: cmp.Or(info.GoVersion, runtime.Version())}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
	return b
}

// line is what --version prints about a program.
func (b build) line(program string) string {
	changed := ""
	if b.changed {
		changed = ", with changes"
	}
	return fmt.Sprintf("%s %s, commit %s%s, %s %s/%s", program, b.version, cmp.Or(b.commit, "unknown"), changed, b.golang, runtime.GOOS, runtime.GOARCH)
}
