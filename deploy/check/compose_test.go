package check

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load prepares a copy of the folder deploy, as README.md says, and loads the project
// as docker compose does: the schema of the compose specification, the environment
// files, every reference.
func load(t *testing.T, files ...string) *types.Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{".env", "secrets"} { // of a developer who has run it
		if err := os.RemoveAll(filepath.Join(dir, left)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(filepath.Join(dir, "prepare.sh")).CombinedOutput(); err != nil {
		t.Fatalf("prepare.sh: %v\n%s", err, out)
	}
	var configs []string
	for _, file := range files {
		configs = append(configs, filepath.Join(dir, file))
	}
	options, err := cli.NewProjectOptions(configs, cli.WithWorkingDirectory(dir), cli.WithEnvFiles(filepath.Join(dir, ".env")), cli.WithDotEnv, cli.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// value is a variable of a service.
func value(s types.ServiceConfig, name string) string {
	if text := s.Environment[name]; text != nil {
		return *text
	}
	return ""
}

// TestEachContainerIsContained: read-only, without rights, pinned, watched.
func TestEachContainerIsContained(t *testing.T) {
	project := load(t, "compose.yaml")
	if len(project.Services) != 12 {
		t.Errorf("%d services, not 12", len(project.Services))
	}
	pinned := regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+\.\d+(-[a-z]+)?$|^usher(-crowd)?:local$`)
	for name, s := range project.Services {
		switch {
		case !s.ReadOnly:
			t.Errorf("%s may write its file system", name)
		case !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged:
			t.Errorf("%s may have or gain rights: %v, dropped %v", name, s.SecurityOpt, s.CapDrop)
		case s.User == "" || strings.HasPrefix(s.User, "0:") || strings.HasPrefix(s.User, "root"):
			t.Errorf("%s runs as %q", name, s.User)
		case !pinned.MatchString(s.Image):
			t.Errorf("%s: image %s is not pinned by its version", name, s.Image)
		case s.Restart == "":
			t.Errorf("%s does not say whether it is restarted", name)
		}
		ends := len(s.Profiles) > 0 || name == "mongo-init"
		if !ends && (s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) == 0) {
			t.Errorf("%s has no health check", name)
		}
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
				t.Errorf("%s mounts %s, read-only %v: %v", name, v.Source, v.ReadOnly, err)
			}
		}
		for _, port := range s.Ports {
			if address, err := netip.ParseAddr(port.HostIP); err != nil || !address.IsLoopback() {
				t.Errorf("%s is published to the network by default: %s", name, port.HostIP)
			}
		}
	}
	for name, secret := range project.Secrets {
		info, err := os.Stat(secret.File)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("secret %s: %v %v", name, info, err)
		}
	}
}

// TestTheNodesFitTheRest: both nodes have the same options, and these name the other
// containers as they are.
func TestTheNodesFitTheRest(t *testing.T) {
	project := load(t, "compose.yaml")
	one, two := project.Services["usher-1"], project.Services["usher-2"]
	if len(one.Environment) < 10 || !maps.EqualFunc(one.Environment, two.Environment, func(a, b *string) bool { return *a == *b }) {
		t.Errorf("the nodes have different options:\n%v\n%v", one.Environment, two.Environment)
	}
	const drains = 20 * time.Second // internal/app: drainTimeout
	if grace := time.Duration(*one.StopGracePeriod); grace <= drains+5*time.Second {
		t.Errorf("a node is killed after %v, and drains for up to %v", grace, drains)
	}
	if !slices.Equal(one.HealthCheck.Test, []string{"CMD", "/usher", "health"}) {
		t.Errorf("the nodes' health check is %v", one.HealthCheck.Test)
	}
	nginx := project.Services["nginx"]
	if address := nginx.Networks["front"].Ipv4Address; value(one, "USHER_TRUSTED_PROXY") != address+"/32" {
		t.Errorf("nginx has the address %s, and the nodes trust %s", address, value(one, "USHER_TRUSTED_PROXY"))
	}
	if subnet := netip.MustParsePrefix(project.Networks["front"].Ipam.Config[0].Subnet); !subnet.Contains(netip.MustParseAddr(nginx.Networks["front"].Ipv4Address)) {
		t.Errorf("nginx is not in %v", subnet)
	}
	if !project.Networks["back"].Internal {
		t.Error("the stores' network leads outside")
	}
	for _, store := range []string{"redis", "mongo-1", "mongo-2", "mongo-3"} {
		if s := project.Services[store]; len(s.Ports) > 0 || len(s.Networks) != 1 {
			t.Errorf("%s can be reached from outside", store)
		}
	}

	// Where the nodes look for their stores, and by which password.
	redis := project.Services["redis"]
	if url := value(one, "USHER_REDIS_URL"); url != "redis://usher:"+value(redis, "REDIS_PASSWORD")+"@redis:6379/0" || len(value(redis, "REDIS_PASSWORD")) < 32 {
		t.Errorf("the nodes' Redis is %s", url)
	}
	root := project.Services["mongo-1"]
	want := "mongodb://usher:" + value(root, "MONGO_APP_PASSWORD") + "@mongo-1:27017,mongo-2:27017,mongo-3:27017/?replicaSet=usher&authSource=usher"
	if url := value(one, "USHER_MONGO_URL"); url != want || value(root, "MONGO_APP_PASSWORD") == value(root, "MONGO_INITDB_ROOT_PASSWORD") {
		t.Errorf("the nodes' MongoDB is %s", url)
	}
	for _, member := range []string{"mongo-2", "mongo-3"} {
		if s := project.Services[member]; value(s, "MONGO_INITDB_ROOT_PASSWORD") != "" || value(s, "MONGO_REPLICA_KEY") != value(root, "MONGO_REPLICA_KEY") {
			t.Errorf("%s must begin empty and share the key of mongo-1", member)
		}
	}
	for name, depends := range map[string]string{"redis": types.ServiceConditionHealthy, "mongo-init": types.ServiceConditionCompletedSuccessfully} {
		if one.DependsOn[name].Condition != depends {
			t.Errorf("the nodes start before %s is %s", name, depends)
		}
	}

	// What the nodes read as files is there.
	for _, flag := range []string{"USHER_SIGNING_KEY", "USHER_TICKET_KEY"} {
		path := value(one, flag)
		if !slices.ContainsFunc(one.Secrets, func(s types.ServiceSecretConfig) bool { return path == "/run/secrets/"+s.Source }) {
			t.Errorf("%s=%s is none of the secrets %v", flag, path, one.Secrets)
		}
	}

	// Prometheus asks the nodes by names that they answer to.
	prometheus, err := os.ReadFile("../prometheus/prometheus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	hosts := strings.Split(value(one, "USHER_OPS_HOST"), ",")
	for _, target := range regexp.MustCompile(`(?m)- ([\w-]+):9090$`).FindAllStringSubmatch(string(prometheus), -1) {
		if !slices.Contains(hosts, target[1]) || project.Services[target[1]].Name == "" {
			t.Errorf("Prometheus asks %s, which is no node that answers to the name", target[1])
		}
	}
}

// TestHTTPSAddsAPort: the second file fits the first.
func TestHTTPSAddsAPort(t *testing.T) {
	nginx := load(t, "compose.yaml", "compose.tls.yaml").Services["nginx"]
	var ports []uint32
	for _, port := range nginx.Ports {
		ports = append(ports, port.Target)
	}
	if !slices.Equal(ports, []uint32{8080, 8443}) || !nginx.ReadOnly {
		t.Errorf("nginx serves %v", ports)
	}
}

// TestPreparingTwiceChangesNothing: keys and passwords that are in use stay.
func TestPreparingTwiceChangesNothing(t *testing.T) {
	project := load(t, "compose.yaml")
	dir := project.WorkingDir
	read := func() map[string]string {
		files := map[string]string{}
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			files[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	before := read()
	if out, err := exec.Command(filepath.Join(dir, "prepare.sh")).CombinedOutput(); err != nil {
		t.Fatalf("prepare.sh: %v\n%s", err, out)
	}
	if after := read(); !maps.Equal(before, after) {
		t.Error("the second run changes files")
	}
	for path, text := range before {
		if strings.HasSuffix(path, ".env") && strings.Contains(text, "{{") {
			t.Errorf("%s has a placeholder left:\n%s", path, text)
		}
		info, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if (strings.HasSuffix(path, ".env") || strings.Contains(path, "/secrets/")) && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
	}
}
