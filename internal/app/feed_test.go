package app_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const feedSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// documentedReceiver runs the program of docs/feed.md, and returns its URL and its
// printed lines.
func documentedReceiver(t *testing.T) (url string, printed func() []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/feed.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```go\n")
	source, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/feed.md shows no program")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "receiver")
	if err := os.WriteFile(path+".go", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", path, path+".go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	program := exec.Command(path, address)
	program.Env = append(os.Environ(), "FEED_SECRET="+feedSecret)
	output, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []string
	read := make(chan struct{})
	go func() {
		defer close(read)
		for scan := bufio.NewScanner(output); scan.Scan(); {
			mu.Lock()
			lines = append(lines, scan.Text())
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = program.Process.Kill()
		<-read
		_ = program.Wait()
	})
	testkit.Eventually(t, 30*time.Second, "the receiver listens", func() bool {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		return connection.Close() == nil
	})
	return "http://" + address + "/hooks/usher", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, lines...)
	}
}

// TestAShopFollowsTheSale: the receiver of docs/feed.md gets the sales and refunds of
// two nodes, and refuses messages without a signature. Pulling gives the same events.
func TestAShopFollowsTheSale(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	url, printed := documentedReceiver(t)
	o := node.Shared(t)
	o.Demo = func(d *dev.Demo) { d.ActiveLimit = 10 }
	o.Change = func(o *app.Options) { o.FeedURLs, o.FeedSecrets = []string{url}, []string{feedSecret} }
	nodes := []*node.Node{node.Start(t, o), node.Start(t, o)}
	var want []string
	for i, n := range nodes {
		fan := n.SignIn(t, fanName(i))
		seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
		bought := fan.Do("POST", "/transactions", map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "k")
		id := bought["id"].(string)
		fan.Do("POST", "/transactions/"+id+"/cancel", map[string]any{"seats": seats[:1]}, 200)
		want = append(want, "transaction.completed "+id, "transaction.refunded "+id)
	}
	type event struct {
		ID, Type string
		Data     struct{ Transaction struct{ ID string } }
	}
	has := func(texts []string) bool {
		found := map[string]int{}
		for _, text := range texts {
			var e event
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			found[e.Type+" "+e.Data.Transaction.ID]++
		}
		for _, one := range want {
			if found[one] != 1 {
				return false
			}
		}
		return len(found) == len(want)
	}
	testkit.Eventually(t, 30*time.Second, "the shop has received every event once", func() bool { return has(printed()) })

	forged, err := http.Post(url, "application/json", strings.NewReader(printed()[0]))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, forged.Body)
	_ = forged.Body.Close()
	if forged.StatusCode != http.StatusUnauthorized || !has(printed()) {
		t.Errorf("a message without a signature was answered with %d", forged.StatusCode)
	}

	admin := nodes[1].SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	var pulled []string
	for _, e := range admin.Do("GET", "/admin/feed", nil, 200)["events"].([]any) {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		pulled = append(pulled, string(text))
	}
	if !has(pulled) {
		t.Errorf("pulled: %v", pulled)
	}

	out := filepath.Join(t.TempDir(), "sold.csv")
	for _, command := range []struct {
		words []string
		exit  int
		want  string
	}{
		{[]string{"feed", "list"}, 0, "EVENT"},
		{[]string{"feed", "list", "--json"}, 0, "[]"},
		{[]string{"feed", "retry", "--all"}, 0, "0 events are tried again"},
		{[]string{"feed", "retry"}, 2, "--event"},
		{[]string{"export", "takings", "--season", o.Season}, 0, "seatsRefunded"},
		{[]string{"export", "sold", "--season", o.Season, "--out", out}, 0, ""},
		{[]string{"export", "sold"}, 2, "--season"},
		{[]string{"export", "takings", "--season", "nowhere"}, 1, "nowhere"},
	} {
		printed, exit := node.Run(t, "usher", append(command.words, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database)...)
		if exit != command.exit || !strings.Contains(printed, command.want) {
			t.Errorf("usher %v exits %d: %s", command.words, exit, printed)
		}
	}
	if text, err := os.ReadFile(out); err != nil || strings.Count(string(text), "\r\n") != 5 {
		t.Errorf("the file is %q, %v; want a header and four tickets", text, err)
	}
}

// TestAKilledNodesWebhookIsSentByAnother: the node is killed after the shop received
// the message and before the shop answered.
func TestAKilledNodesWebhookIsSentByAnother(t *testing.T) {
	t.Parallel()
	if os.Getenv("USHER_SOAK") == "" {
		t.Skip("a dead node's delivery is taken over after 20 s: make soak")
	}
	came := make(chan string, 10)
	release := make(chan struct{})
	var once sync.Once
	shop := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came <- r.Header.Get("webhook-id")
		once.Do(func() { <-release })
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = shop.Serve(l) }()
	t.Cleanup(func() { _ = shop.Close(); <-served })
	o := crowd(t, 10)
	feed := []string{"--feed-url", "http://" + l.Addr().String(), "--feed-secret", feedSecret}
	a := node.StartProcess(t, o, feed...)
	fan := node.Mint(t, o, a.URL, "Ann")
	fan.Do("POST", "/waitingList/join", nil, 200)
	seats := seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 201))
	bought := fan.Do("POST", "/transactions", map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "k")
	if id := <-came; id != bought["id"] {
		t.Fatalf("the shop received %s, bought was %s", id, bought["id"])
	}
	b := node.StartProcess(t, o, feed...)
	a.Kill()
	close(release)
	select {
	case id := <-came:
		if id != bought["id"] {
			t.Errorf("then the shop received %s", id)
		}
	case <-time.After(time.Minute):
		t.Errorf("no node has sent the message again:\n%s", b.Log())
	}
}
