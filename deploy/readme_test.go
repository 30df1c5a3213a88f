package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
)

// section is the part of README.md under a heading of the second level.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "README.md"), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no section %q", heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// blocks are the lines to type in a section, in order.
func blocks(t *testing.T, heading string) []string {
	t.Helper()
	var all []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section(t, heading), -1) {
		all = append(all, block[1])
	}
	if len(all) == 0 {
		t.Fatalf("the section %q has no lines to type", heading)
	}
	return all
}

// isolated returns a command that runs a shell script in a network of its own, where
// every port is free, and ends with all the processes that it started.
func isolated(t *testing.T, ctx context.Context, script string) *exec.Cmd {
	t.Helper()
	unshare, ip := find(t, "unshare"), find(t, "ip")
	args := []string{"--net", "--pid", "--fork", "--kill-child", "--mount-proc"}
	if os.Getuid() != 0 {
		args = append(args, "--map-current-user", "--keep-caps")
	}
	if out, err := exec.Command(unshare, append(args, "true")...).CombinedOutput(); err != nil {
		if testkit.Required("unshare") {
			t.Fatalf("a network of its own is required here: %v\n%s", err, out)
		}
		t.Skipf("no network of its own for the lines of README.md: %v %s", err, strings.TrimSpace(string(out)))
	}
	args = append(args, "bash", "-euo", "pipefail", "-c", ip+" link set lo up\n"+script)
	return exec.CommandContext(ctx, unshare, args...)
}

// TestTheLinesOfTheREADMERun: what someone new types under "Without containers" leads
// to two nodes behind nginx, and to a crowd that loses nothing while a node drains. The
// test's only change: the programs are built before, and Prometheus asks more often.
func TestTheLinesOfTheREADMERun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"redis-server", "nginx", "prometheus", "openssl", "curl"} {
		find(t, name)
	}
	steps := blocks(t, "Without containers")
	if steps[0] != "make build\n" {
		t.Fatalf("the first step is %q, and the test does it by itself", steps[0])
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "deploy"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"secrets", ".env", "redis.env", "local.env"} { // of a developer who has typed them
		if err := os.RemoveAll(filepath.Join(dir, "deploy", made)); err != nil {
			t.Fatal(err)
		}
	}
	often := replace(t, read(t, "prometheus/prometheus.yaml"), "scrape_interval: 15s", "scrape_interval: 1s")
	if err := os.WriteFile(filepath.Join(dir, "deploy", "prometheus", "prometheus.yaml"), []byte(often), 0o600); err != nil {
		t.Fatal(err)
	}
	linkPrograms(t, dir, "usher", "usher-dev", "usher-crowd")
	// Much more than the lines take on a busy machine.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := isolated(t, ctx, "set -x\n"+strings.Join(steps[1:], "\n"))
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		logs := ""
		found, _ := filepath.Glob(filepath.Join(dir, "data", "*.log"))
		for _, path := range append(found, filepath.Join(dir, "data", "redis", "redis.log")) {
			text, _ := os.ReadFile(path)
			logs += "\n" + filepath.Base(path) + ":\n" + string(text)
		}
		t.Fatalf("%v\n%s\n%s", err, out, logs)
	}
	// nginx is asked twice: before the crowd, and while one node is gone.
	if asked := strings.Count(string(out), `{"status":"ready"}`); asked != 2 {
		t.Errorf("%d of 2 questions through nginx are answered:\n%s", asked, out)
	}
	for _, node := range []string{"usher-1.log", "usher-2.log"} {
		text, err := os.ReadFile(filepath.Join(dir, "data", node))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, "a store does not answer") {
				continue // the embedded MongoDB on a busy machine; it is no fault of the lines
			}
			if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") && !strings.Contains(line, "sandbox") {
				t.Errorf("%s: %s", node, line)
			}
		}
	}
}

// TestTheREADMENamesWhatThereIs: files, services and ports that its lines name.
func TestTheREADMENamesWhatThereIs(t *testing.T) {
	text := read(t, "README.md")
	for _, name := range regexp.MustCompile(`\bdeploy/[\w./-]*\w`).FindAllString(text, -1) {
		path := strings.TrimPrefix(name, "deploy/")
		if made := strings.HasSuffix(path, ".env") || strings.HasPrefix(path, "secrets/"); made {
			path += ".example"
			if strings.HasPrefix(path, "secrets/") {
				path = "prepare.sh"
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("README.md names %s: %v", name, err)
		}
	}
	services := regexp.MustCompile(`(?m)^  ([\w-]+):`).FindAllStringSubmatch(read(t, "compose.yaml"), -1)
	known := map[string]bool{}
	for _, service := range services {
		known[service[1]] = true
	}
	compose := strings.Join(blocks(t, "Docker Compose"), "")
	for _, line := range strings.Split(compose, "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "docker" || words[1] != "compose" {
			continue
		}
		for _, word := range words[3:] {
			switch {
			case strings.HasPrefix(word, "-"):
			case !known[word]:
				t.Errorf("compose.yaml has no service %q: %s", word, line)
			}
			if words[2] == "run" && !strings.HasPrefix(word, "-") {
				break // the words after the service are the program's
			}
		}
	}
	for _, port := range regexp.MustCompile(`http://127\.0\.0\.1:(\d+)`).FindAllStringSubmatch(section(t, "Docker Compose"), -1) {
		if !strings.Contains(read(t, "compose.yaml"), "127.0.0.1:"+port[1]+":") && port[1] != "8080" {
			t.Errorf("compose.yaml publishes no port %s", port[1])
		}
	}
}
