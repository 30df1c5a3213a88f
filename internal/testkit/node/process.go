package node

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/auth"
	"usher/internal/keys"
	"usher/internal/testkit"
)

// Process is a server running as a process of its own, for faults that only a
// signal makes.
type Process struct {
	URL    string
	Season string
	cmd    *exec.Cmd
	exited chan struct{}
	err    error // how it ended; read after exited
	mu     sync.Mutex
	log    strings.Builder
}

// baseURL finds where a server listens in the line that says so.
var baseURL = regexp.MustCompile(`listening on (http://[^\s"]+)`)

// StartProcess starts usher serve (or another program) with the stores of the
// options and waits until it is ready. It is killed with the test.
func StartProcess(t testing.TB, o Options, args ...string) *Process {
	t.Helper()
	p := LaunchNode(t, o, args...)
	WaitReady(t, p.URL)
	return p
}

// LaunchNode is StartProcess for a node that may not become ready.
func LaunchNode(t testing.TB, o Options, args ...string) *Process {
	t.Helper()
	program := o.Program
	if program == "" {
		program = testkit.Program(t, "usher")
	}
	p := launch(t, exec.Command(program, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0",
		"--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database,
		"--signing-key", o.Key, "--season", o.Season, "--payments", app.PaySandbox,
		"--limit-sign-in", "0", "--limit-requests", "0", "--limit-upgrades", "0", "--limit-declines", "0", "--limit-refunds", "0",
	}, args...)...), o.Env)
	p.Season = o.Season
	return p
}

// Launch starts a program and waits until it has said where it listens.
func Launch(t testing.TB, name string, args ...string) *Process {
	t.Helper()
	return launch(t, exec.Command(testkit.Program(t, name), args...), nil)
}

func launch(t testing.TB, cmd *exec.Cmd, env []string) *Process {
	t.Helper()
	cmd.Env = append(os.Environ(), env...)
	name, args := filepath.Base(cmd.Path), cmd.Args[1:]
	p := &Process{cmd: cmd, exited: make(chan struct{})}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	urls := make(chan string, 1)
	go p.follow(stderr, urls)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("log of %s %v:\n%s", name, args, p.Log())
		}
	})
	select {
	case p.URL = <-urls:
	case <-p.exited:
		t.Fatalf("%s ended at once: %v\n%s", name, p.err, p.Log())
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s does not listen:\n%s", name, p.Log())
	}
	return p
}

// follow keeps the log and waits for the process.
func (p *Process) follow(stderr io.Reader, urls chan<- string) {
	defer close(p.exited)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		line := lines.Text()
		p.mu.Lock()
		p.log.WriteString(line + "\n")
		p.mu.Unlock()
		if strings.Contains(line, "listening") {
			url := ""
			if found := baseURL.FindStringSubmatch(line); found != nil {
				url = found[1]
			}
			select {
			case urls <- url:
			default:
			}
		}
	}
	p.err = p.cmd.Wait()
}

// Log is what the process has logged so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Field is the value of a field that the process has logged, as in redis=….
func (p *Process) Field(t testing.TB, name string) string {
	t.Helper()
	found := regexp.MustCompile(`\b` + name + `=(\S+)`).FindStringSubmatch(p.Log())
	if found == nil {
		t.Fatalf("no %s= in the log:\n%s", name, p.Log())
	}
	return found[1]
}

// Signal sends the process a signal.
func (p *Process) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the process as a crash does, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// WantExit waits for the process to end and returns its exit status.
func (p *Process) WantExit(t testing.TB, within time.Duration) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(within):
		t.Fatalf("the process still runs after %v:\n%s", within, p.Log())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Mint signs a fan in at a server without a development sign-in: Mint makes the
// session with the server's own key. The fan joins no season.
func Mint(t testing.TB, o Options, url, name string) *Fan {
	t.Helper()
	return Crowd(t, o, url, name)[0]
}

// Crowd is Mint for many.
func Crowd(t testing.TB, o Options, url string, names ...string) []*Fan {
	t.Helper()
	ring, err := keys.Load(o.Key)
	if err != nil {
		t.Fatal(err)
	}
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	signIn, err := auth.New(auth.Options{Redis: stores.Redis, Mongo: stores.Mongo, Keys: ring, Realm: realm(o)})
	if err != nil {
		t.Fatal(err)
	}
	var fans []*Fan
	for _, name := range names {
		email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@usher.test"
		user, err := signIn.SignInDev(context.Background(), email, name)
		if err != nil {
			t.Fatal(err)
		}
		_, token, err := signIn.Issue(user)
		if err != nil {
			t.Fatal(err)
		}
		fans = append(fans, &Fan{t: t, URL: url, Season: o.Season, Name: name, ID: user.ID, Token: token})
	}
	return fans
}

// OnSale puts the options' season on sale in their stores, as the operator's
// command does, for servers that seed nothing.
func OnSale(t testing.TB, o Options) {
	t.Helper()
	Start(t, o).Stop()
}

// Run runs a program to its end and returns what it printed and its exit status.
func Run(t testing.TB, name string, args ...string) (printed string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, testkit.Program(t, name), args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// Audit runs usher audit with these arguments, and again as long as it says that a
// store does not answer: on a busy machine the embedded MongoDB may be silent for
// longer than the audit waits. printed is what it finds: "" when it says that all is clean.
func Audit(t testing.TB, args ...string) (printed string, status int) {
	t.Helper()
	testkit.Within(2*time.Minute, func() bool {
		printed, status = Run(t, "usher", append([]string{"audit"}, args...)...)
		return status != 2 || !strings.HasPrefix(printed, "unavailable:")
	})
	if status == 0 && strings.HasSuffix(printed, ": clean\n") && strings.Count(printed, "\n") == 1 {
		printed = ""
	}
	return printed, status
}
