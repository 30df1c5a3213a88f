package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/testkit/node"
)

// TestRedisAsItIsDeployed: with the settings and users of redis/start.sh a node is ready
// and has nothing to warn of; other users may do nothing.
func TestRedisAsItIsDeployed(t *testing.T) {
	t.Parallel()
	find(t, "redis-server")
	var dir string
	port := startOnFreePort(t, func(port string) *program {
		dir = t.TempDir()
		return startWith(t, []string{"REDIS_PASSWORD=a1b2c3", "RUN_DIRECTORY=" + dir, "PATH=" + os.Getenv("PATH")},
			"sh", "redis/start.sh", "--port", port, "--bind", "127.0.0.1", "--dir", dir)
	}).port
	o := node.Shared(t)
	for user, allowed := range map[string]bool{"": false, "usher:wrong": false, "health:any": false, "usher:a1b2c3": true} {
		if user != "" {
			user += "@"
		}
		options, err := redis.ParseURL("redis://" + user + "127.0.0.1:" + port)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(options)
		err = client.Set(t.Context(), "key", "value", 0).Err()
		_ = client.Close()
		if (err == nil) != allowed {
			t.Errorf("%q writes: %v", user, err)
		}
	}
	o.RedisURL = "redis://usher:a1b2c3@127.0.0.1:" + port + "/1"
	node.OnSale(t, o)
	n := node.StartProcess(t, o, "--ticket-key", o.Key)
	for _, line := range strings.Split(n.Log(), "\n") {
		if (strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR")) && !strings.Contains(line, "sandbox") {
			t.Errorf("the node warns: %s", line)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "users.acl"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the password: %v %v", info, err)
	}
}

// TestTheRightsAreTheDocumentedOnes: redis/start.sh has the line of docs/operating.md.
func TestTheRightsAreTheDocumentedOnes(t *testing.T) {
	rights := func(path, pattern string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, path))
		if found == nil {
			t.Fatalf("%s has no line %s", path, pattern)
		}
		return found[1]
	}
	want := rights("../docs/operating.md", `ACL SETUSER usher on >PASSWORD (.*)`)
	if got := rights("redis/start.sh", `user usher on >\$REDIS_PASSWORD (.*)`); got != want {
		t.Errorf("redis/start.sh gives\n%s\nand docs/operating.md\n%s", got, want)
	}
}

// aShell is mongosh to init.js, without a server: it notes the calls. initiated says
// whether the replica set exists, known whether the user does.
const aShell = `
const calls = [];
const answers = JSON.parse(process.env.ANSWERS);
globalThis.sleep = () => {};
globalThis.print = () => {};
globalThis.connect = (url) => {
  calls.push(["connect", url]);
  const database = (name) => ({
    auth: (user, password) => calls.push(["auth", user, password]),
    getSiblingDB: database,
    runCommand: (command) => { calls.push(["run", command]); return answers.initiated ? { ok: 0, code: 23, errmsg: "already initialized" } : answers.broken ? { ok: 0, code: 93, errmsg: "no quorum" } : { ok: 1 }; },
    hello: () => (answers.elections-- > 0 ? {} : { primary: answers.primary }),
    getUser: (user) => (answers.known ? { user } : null),
    createUser: (user) => calls.push(["create", name, user]),
    updateUser: (user, changes) => calls.push(["update", name, user, changes]),
  });
  return database("admin");
};
require("vm").runInThisContext(require("fs").readFileSync("mongo/init.js", "utf8"));
console.log(JSON.stringify(calls));
`

// TestTheReplicaSetIsMade: mongo/init.js against a shell that stands in for mongosh, on
// an empty set, on one that exists, and on one that cannot be made.
func TestTheReplicaSetIsMade(t *testing.T) {
	t.Parallel()
	shell := find(t, "node")
	run := func(answers string) (string, error) {
		cmd := exec.CommandContext(t.Context(), shell, "-e", aShell)
		cmd.Env = append(os.Environ(), "ANSWERS="+answers, "MONGO_INITDB_ROOT_USERNAME=root", "MONGO_INITDB_ROOT_PASSWORD=r00t", "MONGO_APP_PASSWORD=pw")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, c := range []struct{ name, answers, on, user string }{
		{"empty", `{"elections":3,"primary":"mongo-1:27017"}`, "mongo-1", `["create","usher",{"user":"usher","pwd":"pw","roles":[{"role":"readWrite","db":"usher"}]}]`},
		{"again, after a failover", `{"initiated":true,"known":true,"elections":0,"primary":"mongo-2:27017"}`, "mongo-2", `["update","usher","usher",{"pwd":"pw","roles":[{"role":"readWrite","db":"usher"}]}]`},
	} {
		out, err := run(c.answers)
		if err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, out)
			continue
		}
		for _, want := range []string{
			`["run",{"replSetInitiate":{"_id":"usher","members":[{"_id":0,"host":"mongo-1:27017","priority":2},{"_id":1,"host":"mongo-2:27017","priority":1},{"_id":2,"host":"mongo-3:27017","priority":1}]}}]`,
			`["connect","mongodb://` + c.on + `:27017/admin?directConnection=true"],["auth","root","r00t"],` + c.user,
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, out)
			}
		}
	}
	for name, answers := range map[string]string{"no primary": `{"elections":100000}`, "no quorum": `{"broken":true,"primary":"mongo-1:27017"}`} {
		if out, err := run(answers); err == nil || !strings.Contains(out, name) {
			t.Errorf("%s: exit %v, %s", name, err, out)
		}
	}
}

// TestPrometheusReadsItsConfiguration: by its own checker, with the rules.
func TestPrometheusReadsItsConfiguration(t *testing.T) {
	t.Parallel()
	args := []string{"check", "config", "prometheus/prometheus.yaml"}
	if _, err := os.Stat("prometheus/alerts.yaml"); err != nil {
		args = append(args, "--syntax-only") // no rules yet
	}
	cmd := exec.Command(find(t, "promtool"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestGrafanaFindsItsFiles: the folders of the provisioning files are those that
// compose.yaml mounts, and a dashboard is JSON with the provisioned data source.
func TestGrafanaFindsItsFiles(t *testing.T) {
	compose := read(t, "compose.yaml")
	for _, want := range []string{"./grafana:/etc/grafana/usher:ro", "GF_PATHS_PROVISIONING: /etc/grafana/usher/provisioning"} {
		if !strings.Contains(compose, want) {
			t.Errorf("compose.yaml has no %s", want)
		}
	}
	if providers := read(t, "grafana/provisioning/dashboards/usher.yaml"); !strings.Contains(providers, "path: /etc/grafana/usher ") {
		t.Errorf("the dashboards are looked for elsewhere:\n%s", providers)
	}
	source := read(t, "grafana/provisioning/datasources/prometheus.yaml")
	if !strings.Contains(source, "uid: prometheus") || !strings.Contains(source, "http://prometheus:9090") {
		t.Errorf("the data source:\n%s", source)
	}
	dashboards, err := filepath.Glob("grafana/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range dashboards {
		var dashboard struct{ Title string }
		if err := json.Unmarshal([]byte(read(t, path)), &dashboard); err != nil || dashboard.Title == "" {
			t.Errorf("%s: %q %v", path, dashboard.Title, err)
		}
	}
}
