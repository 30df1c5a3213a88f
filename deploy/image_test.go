package deploy_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher/internal/testkit"
)

// instructions are the lines of the Dockerfile without comments, continued ones joined.
func instructions(t *testing.T) []string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(read(t, "Dockerfile"), "")
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")
	var all []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// TestTheImageIsSmallAndSafe: what the last stage of the Dockerfile is made of. No
// Docker runs here, so these are its lines, and the build runs without it below.
func TestTheImageIsSmallAndSafe(t *testing.T) {
	var last []string
	pinned := regexp.MustCompile(`^FROM (--platform=\S+ )?golang:\d+\.\d+\.\d+-[a-z]+ AS build$`)
	for _, line := range instructions(t) {
		if strings.HasPrefix(line, "FROM ") {
			last = nil
			if !pinned.MatchString(line) && !strings.HasPrefix(line, "FROM scratch AS ") {
				t.Errorf("a base image is not pinned by its version: %s", line)
			}
		}
		last = append(last, line)
	}
	stage := strings.Join(last, "\n")
	for _, want := range []string{
		"FROM scratch AS usher", "USER 65532:65532", `ENTRYPOINT ["/usher"]`, `CMD ["serve"]`, `CMD ["/usher", "health"]`,
		"/etc/ssl/certs/ca-certificates.crt", "ENV ZONEINFO=/zoneinfo.zip", "STOPSIGNAL SIGTERM",
	} {
		if !strings.Contains(stage, want) {
			t.Errorf("the last stage has no %s:\n%s", want, stage)
		}
	}
	if strings.Contains(stage, "RUN") {
		t.Errorf("the last stage runs a program in an empty image:\n%s", stage)
	}
	module := read(t, "../go.mod")
	version := regexp.MustCompile(`golang:(\d+\.\d+)`).FindStringSubmatch(instructions(t)[0])
	if version == nil || !strings.Contains(module, "\ngo "+version[1]+".") {
		t.Errorf("the image is built with another Go than go.mod names: %v", version)
	}
}

// TestTheImagesBuildLineMakesAStaticProgram: the build line of the Dockerfile, run here,
// makes a program that needs no library, and finds the time zones where ZONEINFO says.
// The soak run has it, because it compiles everything once more.
func TestTheImagesBuildLineMakesAStaticProgram(t *testing.T) {
	testkit.Long(t)
	if !soak() {
		t.Skip("compiling without the race detector and with -trimpath takes a minute: USHER_SOAK=1")
	}
	dir := t.TempDir()
	for _, line := range instructions(t) {
		_, build, found := strings.Cut(line, "CGO_ENABLED=0 ")
		if !found {
			continue
		}
		script := "CGO_ENABLED=0 " + strings.Replace(build, "-o /out/", "-o "+dir+"/", 1)
		cmd := exec.Command("sh", "-euc", script)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "TARGETOS=linux", "TARGETARCH=amd64")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	for _, name := range []string{"usher", "usher-crowd"} {
		program, err := elf.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range program.Progs {
			if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
				t.Errorf("%s needs libraries", name)
			}
		}
		_ = program.Close()
	}
}
