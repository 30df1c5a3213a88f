package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"usher/internal/keys"
)

func TestEveryProblemIsNamedInOneMessage(t *testing.T) {
	o := Defaults()
	o.Listen = "nowhere"
	o.PublicURL = "example.com/path"
	o.AllowedOrigins = []string{"ftp://x"}
	o.TrustedProxies = []string{"10.0.0.0"}
	o.Roles = []string{"chef"}
	o.LimitRequests = -1
	o.FeedURLs = []string{"shop.example"}
	o.Log.Format = "xml"
	_, err := o.settle()
	if err == nil {
		t.Fatal("no error")
	}
	for _, flag := range []string{"--redis-url", "--mongo-url", "--signing-key", "--listen", "--public-url", "--allowed-origin", "--trusted-proxy", "--role", "--limit-requests", "--feed-url", "--feed-secret", "--log-format"} {
		if !strings.Contains(err.Error(), flag) {
			t.Errorf("the message does not name %s: %v", flag, err)
		}
	}
}

// TestEveryWrongValueIsNamedAndNoPasswordIs: one message names all problems that stop a
// start, and shows no password.
func TestEveryWrongValueIsNamedAndNoPasswordIs(t *testing.T) {
	o := Defaults()
	o.Listen, o.OpsListen = "127.0.0.1:http-ish", "nowhere"
	o.RedisURLs = []string{"nonsense", "redis://app:hun/ter@cache:6379", "redis://app:12#hunter@cache"}
	o.MongoURL, o.MongoDatabase = "mongodb://app:hun@ter/hunter@db/?w=hunter", "a.b"
	o.SigningKeys = []string{"/nowhere/signing.pem"}
	o.TicketKeys = []string{"/nowhere/ticket.pem"}
	o.PublicURL, o.AllowedOrigins = "https://app:hunter@example.com", []string{"https://app:hun@ter/hunter@x", "app:hunter@x"}
	o.EmbedOrigins = []string{"https://app:hunter@embed", "https://*.embed.example", "http://plain.embed.example"}
	o.TrustedProxies = []string{"everybody"}
	o.Season = "Spring Gala"
	o.GoogleClientID, o.OIDCIssuer = "id", "http://app:hunter@accounts.example"
	o.AdminEmails, o.StaffEmails = []string{"admın@x.test"}, []string{"stäff@x.test"}
	o.FeedURLs, o.FeedSecrets = []string{"https://user:hunter@shop.example/"}, []string{"hunter"}
	o.BeaconURL = "drand://app:hun%ter@drand"
	o.LimitSignIn, o.LimitRequests, o.LimitUpgrades = -1, -1, -1
	o.Payments, o.StripeSecretKey, o.StripeURL, o.StripeWebhookSecret = PayStripe, "hunter", "app:hunter@stripe", "hunter"
	o.SMTPURL, o.MailFrom = "smtp://app:hun@ter/hunter@mail", "opera"
	o.Log = LogOptions{Format: "xml", Level: "loud"}
	o.Roles = []string{"chef"}
	_, err := o.settle()
	if err == nil {
		t.Fatal("no error")
	}
	for _, named := range []string{
		"--listen", "--ops-listen", "(USHER_REDIS_URL) no. 1 ", "(USHER_REDIS_URL) no. 2 ", "(USHER_REDIS_URL) no. 3 ", "--mongo-url", "--mongo-database", "--signing-key", "--ticket-key",
		"--public-url", "--allowed-origin", "https://***@embed", `--embed-origin "https://*.embed.example"`, `--embed-origin "http://plain.embed.example" must begin with https://`, "--trusted-proxy", "--season", "--oidc-issuer", "--admin-email", "--staff-email",
		"--feed-url", "--feed-secret", "--beacon-url", "--limit-sign-in", "--limit-requests", "--limit-upgrades",
		`"https://***@example.com"`, `"https://***@x"`, `"***@x"`, `"http://***@accounts.example"`, `"drand://***@drand"`, `"***@stripe"`,
		"--stripe-secret-key", "--stripe-url", "--stripe-webhook-secret", "--log-format", "--log-level", "--role", "%2F", "--smtp-url", `--mail-from "opera"`,
	} {
		if !strings.Contains(err.Error(), named) {
			t.Errorf("the message does not name %s:\n%v", named, err)
		}
	}
	for _, secret := range []string{"hun", "ter@"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message shows %q, which is part of a password:\n%v", secret, err)
		}
	}
}

func TestValidOptionsAreAccepted(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := keys.WriteNew(key); err != nil {
		t.Fatal(err)
	}
	o := Defaults()
	o.RedisURLs, o.MongoURL, o.SigningKeys = []string{"redis://127.0.0.1"}, "mongodb://127.0.0.1", []string{key}
	o.PublicURL = "https://tickets.example"
	o.Payments = PaySandbox
	o.TrustedProxies = []string{"10.0.0.0/8", "fd00::/8"}
	s, err := o.settle()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.proxies) != 2 || s.keys == nil {
		t.Fatalf("the settled options are %+v", s)
	}
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	env := map[string]string{
		"USHER_LISTEN": "127.0.0.1:1", "USHER_SEASON": "from-env", "USHER_ADMIN_EMAIL": "a@x.test, b@x.test",
		"USHER_LIMIT_REQUESTS": "many",
	}
	o := Defaults()
	s := NewFlagSet("x", "x")
	o.StoreFlags(s)
	o.Flags(s)
	if err := s.Parse([]string{"--season", "from-flag", "--redis-url", "redis://a", "--redis-url", "redis://b", "--limit-sign-in", "x"}, func(k string) string { return env[k] }); err != nil {
		t.Fatal(err)
	}
	if o.Listen != "127.0.0.1:1" || o.Season != "from-flag" || len(o.AdminEmails) != 2 || o.AdminEmails[1] != "b@x.test" || len(o.RedisURLs) != 2 {
		t.Errorf("got %+v", o)
	}
	if help := s.Help(); strings.Contains(help, "[]") || !strings.Contains(help, "--redis-url URL") {
		t.Errorf("help shows empty defaults, or lacks options:\n%s", help)
	}
	problems := strings.Join(s.Problems(), "\n")
	if len(s.Problems()) != 2 || !strings.Contains(problems, `--limit-requests "many" is not a whole number`) || !strings.Contains(problems, "--limit-sign-in") {
		t.Errorf("problems: %q", problems)
	}
}

// TestExampleEnvironmentIsComplete: .env.example lists exactly the options of usher
// serve.
func TestExampleEnvironmentIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	o := Defaults()
	s := NewFlagSet("x", "x")
	o.StoreFlags(s)
	o.KeyFlags(s)
	o.Flags(s)
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name, _, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "#"), "=")
		if found && strings.HasPrefix(name, "USHER_") {
			listed[name] = true
		}
	}
	for _, name := range flagNames(s) {
		if !listed[EnvName(name)] {
			t.Errorf(".env.example lacks %s", EnvName(name))
		}
		delete(listed, EnvName(name))
	}
	for name := range listed {
		t.Errorf(".env.example has %s, which is no option", name)
	}
}

func TestCommandsAreFoundAndExplained(t *testing.T) {
	commands := []Command{
		{Name: "serve", What: "serves", Run: func(_ context.Context, args []string) error {
			o := Defaults()
			s := NewFlagSet("serve", "usher serve\n\nServes.")
			o.Flags(s)
			return s.ParseOrExplain(args, 0)
		}},
		{Name: "season apply", What: "applies", Run: func(context.Context, []string) error {
			return &ExitError{Status: 7, Err: os.ErrNotExist}
		}},
	}
	for name, c := range map[string]struct {
		args []string
		exit int
		want string
	}{
		"nothing":       {nil, 2, "Commands:"},
		"help":          {[]string{"--help"}, 0, "Commands:"},
		"unknown":       {[]string{"sreve"}, 2, `no command "sreve"`},
		"group":         {[]string{"season"}, 2, `no command "season"`},
		"group help":    {[]string{"season", "--help"}, 0, "season apply"},
		"help of one":   {[]string{"help", "serve"}, 0, "--listen"},
		"help of group": {[]string{"help", "season"}, 0, "season apply"},
		"help of none":  {[]string{"help", "sreve"}, 2, `no command "sreve"`},
		"flags help":    {[]string{"serve", "--help"}, 0, "--listen"},
		"unknown flag":  {[]string{"serve", "--lisen", "x"}, 2, "--lisen"},
		"bad value":     {[]string{"serve", "--limit-requests", "x"}, 2, "--limit-requests"},
		"stray word":    {[]string{"serve", "now"}, 2, `one argument given, "now", 0 expected`},
		"own status":    {[]string{"season", "apply"}, 7, "not exist"},
		"runs and ends": {[]string{"serve"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if exit := run(ctx, "usher", "about", commands, c.args, &out, &out); exit != c.exit {
				t.Errorf("exit %d, want %d: %s", exit, c.exit, out.String())
			}
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("%q is not in: %s", c.want, out.String())
			}
		})
	}
}

func flagNames(s *FlagSet) (names []string) {
	s.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
