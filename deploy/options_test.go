package deploy_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"usher/internal/app"
)

// serveFlags are the flags of usher serve with their help.
func serveFlags() map[string]string {
	o := app.Defaults()
	set := app.NewFlagSet("serve", "")
	o.StoreFlags(set)
	o.KeyFlags(set)
	o.Flags(set)
	flags := map[string]string{}
	set.VisitAll(func(f *pflag.Flag) { flags[f.Name] = f.Usage })
	return flags
}

// eachFile calls do with every file of this folder that an operator reads.
func eachFile(t *testing.T, do func(path, text string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path == "check" || path == "secrets" || path == "nginx/certificates") {
			return filepath.SkipDir
		}
		if entry.IsDir() || strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".env") {
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		do(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Errorf("only %d files were read", files)
	}
}

// TestEveryVariableIsAnOption: a variable of Usher that a file here names is an option
// of usher serve. A misspelt one would be ignored in silence.
func TestEveryVariableIsAnOption(t *testing.T) {
	known := map[string]bool{}
	for flag := range serveFlags() {
		known[app.EnvName(flag)] = true
	}
	named := 0
	eachFile(t, func(path, text string) {
		for _, variable := range regexp.MustCompile(`\bUSHER_[A-Z][A-Z_]*`).FindAllString(text, -1) {
			named++
			if !known[variable] {
				t.Errorf("%s names %s, which is no option of usher serve", path, variable)
			}
		}
	})
	if named < 50 {
		t.Errorf("only %d variables are named", named)
	}
}

// foreign are flags of other programs, which files here name.
var foreign = strings.Fields(`
	--aclfile --bind --daemonize --dir --logfile --pidfile
	--no-auth-warning --user --pass
	--replSet --keyFile --bind_ip_all --wiredTigerCacheSizeGB --nodb --quiet --norc --file --eval
	--config --storage --web
	--from --platform --mount --target --interval --timeout --start-period --retries --build-arg
	--wait --rm --no-deps
	--now --upgrade --install --from-file --from-literal
	--data --mongo-listen --redis-listen
	--fans --duration --rate --think --url
	--no-install-recommends
`)

// TestEveryFlagIsAnOption: the same for flags, in commands and in comments.
func TestEveryFlagIsAnOption(t *testing.T) {
	flags := serveFlags()
	eachFile(t, func(path, text string) {
		for _, found := range regexp.MustCompile(`(?:^|[\s"'`+"`"+`(,\[])(--[a-zA-Z][\w-]*)`).FindAllStringSubmatch(text, -1) {
			flag := found[1]
			if _, ok := flags[strings.TrimPrefix(flag, "--")]; !ok && !slices.Contains(foreign, flag) && flag != "--version" && flag != "--help" {
				t.Errorf("%s names %s, which is no option of usher serve and not listed as another program's", path, flag)
			}
		}
	})
}

// TestTheChartKeepsSecretsOutOfItsOptions: what usher serve --help wants in the
// environment only, the chart takes from Secrets only.
func TestTheChartKeepsSecretsOutOfItsOptions(t *testing.T) {
	var schema struct {
		Properties struct {
			Options struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "helm/usher/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	options := schema.Properties.Options.Properties
	for flag, help := range serveFlags() {
		if allowed, named := options[flag]; strings.Contains(help, "set it in the environment") && (!named || allowed != false) {
			t.Errorf("values.schema.json lets --%s, a secret, stand among the options", flag)
		}
	}
	for flag, allowed := range options {
		if _, ok := serveFlags()[flag]; !ok && allowed != false {
			t.Errorf("values.schema.json names --%s, which usher serve has not", flag)
		}
	}
	values := read(t, "helm/usher/values.yaml")
	_, block, _ := strings.Cut(values, "\noptions:\n")
	block, _, _ = strings.Cut(block, "\n\n")
	_, secrets, _ := strings.Cut(values, "\nsecretOptions:\n")
	secrets, _, _ = strings.Cut(secrets, "\n\n")
	named := regexp.MustCompile(`(?m)^  (?:# )?([a-z-]+):`).FindAllStringSubmatch(block+"\n"+secrets, -1)
	if len(named) < 8 {
		t.Errorf("values.yaml names only %v", named)
	}
	for _, flag := range named {
		if _, ok := serveFlags()[flag[1]]; !ok {
			t.Errorf("values.yaml names --%s, which usher serve has not", flag[1])
		}
	}
}
