package app

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/internal/keys"
)

// sound returns options without a problem or a caution.
func sound(t *testing.T) Options {
	t.Helper()
	folder := t.TempDir()
	key, ticketKey := filepath.Join(folder, "key.pem"), filepath.Join(folder, "ticket-key.pem")
	for _, path := range []string{key, ticketKey} {
		if err := keys.WriteNew(path); err != nil {
			t.Fatal(err)
		}
	}
	o := Defaults()
	o.TicketKeys = []string{ticketKey}
	o.RedisURLs, o.MongoURL, o.SigningKeys = []string{"redis://127.0.0.1"}, "mongodb://127.0.0.1", []string{key}
	o.Payments, o.StripeSecretKey, o.StripeWebhookSecret = PayStripe, "sk_live_x", "whsec_x"
	o.PublicURL, o.GoogleClientID = "https://tickets.example", "id"
	o.FeedURLs, o.FeedSecrets = []string{"https://shop.example/hook"}, []string{"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"}
	return o
}

func TestDangerousOptionsAreWarnedOfOrRefused(t *testing.T) {
	chmod := func(mode os.FileMode) func(*Options) {
		return func(o *Options) {
			if err := os.Chmod(o.SigningKeys[0], mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change  func(*Options)
		warned  string // a part of the only caution; "": no caution
		refused string // a part of the only problem; "": no problem
	}{
		"all well":                    {func(*Options) {}, "", ""},
		"payments not set":            {func(o *Options) { o.Payments, o.StripeSecretKey = "", "" }, "", "--payments (USHER_PAYMENTS) is missing"},
		"the sandbox":                 {func(o *Options) { o.Payments, o.StripeSecretKey = PaySandbox, "" }, "every ticket is free", ""},
		"no public URL":               {func(o *Options) { o.PublicURL = "" }, "--public-url is missing", ""},
		"a plain public URL":          {func(o *Options) { o.PublicURL = "http://tickets.example" }, "without Secure", ""},
		"a public URL on this host":   {func(o *Options) { o.PublicURL = "http://127.0.0.1:8080" }, "", ""},
		"no sign-in, no URL":          {func(o *Options) { o.PublicURL, o.GoogleClientID = "", "" }, "", ""},
		"a key that others can read":  {chmod(0o640), "chmod 600", ""},
		"a key that others can write": {chmod(0o606), "chmod 600", "can be written by every user"},
		"a plain issuer":              {func(o *Options) { o.OIDCIssuer = "http://id.example" }, "", "--oidc-issuer"},
		"a plain issuer here":         {func(o *Options) { o.OIDCIssuer = "http://localhost:1234/oidc" }, "", ""},
		"a plain feed":                {func(o *Options) { o.FeedURLs = []string{"http://shop.example/secret"} }, "--feed-url to shop.example is plain", ""},
		"a plain feed here":           {func(o *Options) { o.FeedURLs = []string{"http://[::1]:8000/secret"} }, "", ""},
		"a plain beacon":              {func(o *Options) { o.BeaconURL = "http://drand.example/chain" }, "--beacon-url", ""},
		"Stripe's API by plain HTTP":  {func(o *Options) { o.StripeURL = "http://stripe.example" }, "", "--stripe-url is plain http"},
		"usher-dev": {func(o *Options) {
			o.DevSignIn, o.Payments, o.StripeSecretKey, o.PublicURL = true, PaySandbox, "", ""
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := sound(t)
			c.change(&o)
			cautions := strings.Join(o.cautions(), "\n")
			if c.warned == "" && cautions != "" || !strings.Contains(cautions, c.warned) {
				t.Errorf("the warnings are %q, want %q", cautions, c.warned)
			}
			if strings.Contains(cautions, "secret") {
				t.Errorf("a warning shows a secret: %s", cautions)
			}
			_, err := o.settle()
			switch {
			case c.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
				t.Errorf("refused: %v, want %q", err, c.refused)
			}
		})
	}
}

func TestTheOpsAddressAnswersOnlyItsOwnNames(t *testing.T) {
	for _, c := range []struct {
		listen string
		names  []string
		host   string
		want   bool
	}{
		{"127.0.0.1:9090", nil, "127.0.0.1:9090", true},
		{"127.0.0.1:9090", nil, "localhost:9090", true},
		{"127.0.0.1:9090", nil, "[::1]:9090", true},
		{"127.0.0.1:9090", nil, "rebound.example:9090", false},
		{"127.0.0.1:9090", nil, "10.0.0.7:9090", false},
		{"127.0.0.1:9090", nil, "", false},
		{"ops.internal:9090", nil, "ops.internal:9090", true},
		{"ops.internal:9090", nil, "OPS.internal", true},
		{":9090", nil, "10.0.0.7:9090", true},
		{":9090", nil, "[fd00::7]:9090", true},
		{":9090", nil, "rebound.example:9090", false},
		{":9090", []string{"usher-1.internal"}, "usher-1.internal:9090", true},
		{"0.0.0.0:9090", nil, "0.0.0.0.rebound.example", false},
	} {
		if got := newOpsGuard(c.listen, c.names).allows(c.host); got != c.want {
			t.Errorf("bound to %q (%v), Host %q: %v, want %v", c.listen, c.names, c.host, got, c.want)
		}
	}
}

// TestTheOpsAddressKeepsSecrets: flags may hold secrets, so the command line is not
// shown. A web page in a browser must not read metrics and profiles.
func TestTheOpsAddressKeepsSecrets(t *testing.T) {
	o := sound(t)
	o.Listen, o.OpsListen = "127.0.0.1:0", "127.0.0.1:0"
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() {
		cancel()
		<-ended
	}()
	get := func(path, host string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, a.OpsURL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			r.Host = host
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	if status, text := get("/debug/pprof/cmdline", ""); status != http.StatusNotFound {
		t.Errorf("the command line is shown: %d %q", status, text)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/goroutine"} {
		if status, _ := get(path, ""); status != http.StatusOK {
			t.Errorf("%s = %d", path, status)
		}
		if status, _ := get(path, "rebound.example:9090"); status != http.StatusMisdirectedRequest {
			t.Errorf("%s for another name = %d", path, status)
		}
	}
	if status, _ := get("/healthz", "probe.example"); status != http.StatusOK {
		t.Errorf("health for another name = %d", status)
	}
	if all := a.board.All(); slices.Contains(all, "") || len(all) != 0 {
		t.Errorf("warnings: %q", all)
	}
}
