package deploy_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"usher/internal/testkit"
)

// find returns the path of a program, or skips the test in one line where there is
// none. Debian keeps servers in /usr/sbin, which is not in everyone's PATH.
func find(t testing.TB, name string) string {
	t.Helper()
	testkit.Long(t)
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		if testkit.Required(name) {
			t.Fatalf("%s is required here and is neither in the PATH nor in /usr/sbin", name)
		}
		t.Skipf("no %s in the PATH: its configuration is not run", name)
	}
	return path
}

// program is a server that a test started.
type program struct {
	port   string // where it serves, once startOnFreePort has returned it
	cmd    *exec.Cmd
	exited chan struct{}
	mu     sync.Mutex
	out    bytes.Buffer
}

// Write keeps what the program prints.
func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(text)
}

// url is the base URL of a program that serves HTTP.
func (p *program) url() string { return "http://127.0.0.1:" + p.port }

func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// start starts a server, which ends with the test. The log is shown when the test
// fails.
func start(t testing.TB, name string, args ...string) *program {
	t.Helper()
	return startWith(t, os.Environ(), name, args...)
}

// startWith is start with an environment.
func startWith(t testing.TB, environment []string, name string, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(find(t, name), args...), exited: make(chan struct{})}
	p.cmd.Env = environment
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // how it ended is in its log
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(os.Interrupt) // nginx ends its workers with it
		<-p.exited
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, p.log())
		}
	})
	return p
}

// freePort is a port that was free a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// read returns a file of this folder.
func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// replace replaces a text that must be there.
func replace(t testing.TB, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("the configuration has no %q any more", old)
	}
	return strings.ReplaceAll(text, old, with)
}

// balancer is a load balancer of this folder, as a test starts it. The test's only
// changes are addresses, the folder to write in, and what edit changes.
type balancer struct {
	name  string
	start func(t testing.TB, nodes [2]string, edit func(string) string) *program
}

func balancers() []balancer {
	return []balancer{{"nginx", startNginx}, {"haproxy", startHAProxy}}
}

// asItIs changes nothing.
func asItIs(text string) string { return text }

// eachBalancer runs a test behind nginx and behind HAProxy.
func eachBalancer(t *testing.T, test func(t *testing.T, b balancer)) {
	t.Parallel()
	for _, b := range balancers() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			test(t, b)
		})
	}
}

func startNginx(t testing.TB, nodes [2]string, edit func(string) string) *program {
	t.Helper()
	find(t, "nginx")
	return startOnFreePort(t, func(port string) *program {
		dir := nginxFolder(t, nodes, port, edit)
		return start(t, "nginx", "-c", filepath.Join(dir, "nginx.conf"), "-g", nginxGlobals())
	})
}

// nginxGlobals are the directives of a test: in the foreground, and as root with
// root's rights, because the test's folder is closed to other users.
func nginxGlobals() string {
	if os.Getuid() == 0 {
		return "daemon off; user root;"
	}
	return "daemon off;"
}

// nginxFolder copies the configuration with the test's addresses.
func nginxFolder(t testing.TB, nodes [2]string, port string, edit func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nginx.conf", "usher.conf", "locations.conf"} {
		text := read(t, filepath.Join("nginx", name))
		switch name {
		case "nginx.conf":
			text = replace(t, text, "/tmp/nginx", dir+"/nginx")
		case "usher.conf":
			text = replace(t, text, "listen 8080 default_server", "listen 127.0.0.1:"+port+" default_server")
			for i, address := range nodes {
				text = replace(t, text, fmt.Sprintf("server usher-%d:8080", i+1), "server "+address)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(edit(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func startHAProxy(t testing.TB, nodes [2]string, edit func(string) string) *program {
	t.Helper()
	find(t, "haproxy")
	return startOnFreePort(t, func(port string) *program {
		text := replace(t, read(t, "haproxy/usher.cfg"), "bind :8080", "bind 127.0.0.1:"+port)
		for i, address := range nodes {
			text = replace(t, text, fmt.Sprintf(" usher-%d:8080", i+1), " "+address)
		}
		path := filepath.Join(t.TempDir(), "usher.cfg")
		if err := os.WriteFile(path, []byte(edit(text)), 0o600); err != nil {
			t.Fatal(err)
		}
		return start(t, "haproxy", "-db", "-f", path)
	})
}

// startOnFreePort starts a server until it listens: another process may take the
// port first.
func startOnFreePort(t testing.TB, start func(port string) *program) *program {
	t.Helper()
	for range 5 {
		port := freePort(t)
		p := start(port)
		listens := false
		testkit.Eventually(t, testPatience, "the program listens or ends", func() bool {
			select {
			case <-p.exited:
				return true
			default:
			}
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err == nil {
				_ = conn.Close()
				listens = true
			}
			return listens
		})
		if listens {
			p.port = port
			return p
		}
		t.Logf("the program ended at once:\n%s", p.log())
	}
	t.Fatal("the program does not listen")
	return nil
}

// linkPrograms puts programs of this module into bin/ of a folder, where make build
// puts them.
func linkPrograms(t *testing.T, dir string, names ...string) {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path, err := filepath.Abs(testkit.Program(t, name))
		if err == nil {
			err = os.Symlink(path, filepath.Join(bin, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
