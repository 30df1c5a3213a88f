package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// FlagSet is a program's options. Each is a flag and an environment variable
// (--redis-url, USHER_REDIS_URL). A repeatable flag takes a comma-separated list
// from the environment. Wrong values are collected, so that one message names all
// of them.
type FlagSet struct {
	*pflag.FlagSet
	usage    string
	problems []string
}

// NewFlagSet makes an empty set for the named program. usage is printed above
// the options by --help.
func NewFlagSet(name, usage string) *FlagSet {
	set := &FlagSet{FlagSet: pflag.NewFlagSet(name, pflag.ContinueOnError)}
	set.SortFlags = false
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.usage = usage
	return set
}

// ErrHelp is returned by Parse when --help was given.
var ErrHelp = pflag.ErrHelp

// EnvName is the environment variable of a flag.
func EnvName(flag string) string {
	return "USHER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Parse reads flags from args, and options without a flag from the environment.
func (s *FlagSet) Parse(args []string, getenv func(string) string) error {
	s.VisitAll(func(f *pflag.Flag) { f.Value = &lenient{Value: f.Value, flag: f.Name, set: s} })
	if err := s.FlagSet.Parse(args); err != nil {
		return err
	}
	s.VisitAll(func(f *pflag.Flag) {
		value := getenv(EnvName(f.Name))
		if f.Changed || value == "" {
			return
		}
		values := []string{value}
		if f.Value.Type() == "stringArray" {
			values = strings.Split(value, ",")
		}
		for _, v := range values {
			_ = f.Value.Set(strings.TrimSpace(v)) // lenient.Set never fails
		}
		f.Changed = true
	})
	return nil
}

// Problems returns a sentence for each value that Parse could not read.
func (s *FlagSet) Problems() []string { return s.problems }

// Help is what --help prints.
func (s *FlagSet) Help() string {
	// pflag leaves out an empty default only if it knows the type of the value.
	s.VisitAll(func(f *pflag.Flag) {
		if wrapped, ok := f.Value.(*lenient); ok {
			f.Value = wrapped.Value
		}
	})
	first := ""
	s.VisitAll(func(f *pflag.Flag) {
		if first == "" {
			first = f.Name
		}
	})
	return fmt.Sprintf("%s\n\nOptions (each is also an environment variable: --%s is %s):\n%s", s.usage, first, EnvName(first), s.FlagUsagesWrapped(100))
}

// lenient records a value that cannot be read instead of ending Parse.
type lenient struct {
	pflag.Value
	flag string
	set  *FlagSet
}

func (l *lenient) Set(text string) error {
	if err := l.Value.Set(text); err != nil {
		l.set.problems = append(l.set.problems, fmt.Sprintf("--%s %q is not %s", l.flag, text, wanted(l.Type())))
	}
	return nil
}

// wanted describes the values of a pflag type.
func wanted(kind string) string {
	switch kind {
	case "int":
		return "a whole number"
	case "duration":
		return "a duration such as 90s or 5m"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

// Flags adds the options of every node, without those of the stores and keys:
// usher-dev starts stores and makes keys by itself.
func (o *Options) Flags(s *FlagSet) {
	s.StringVar(&o.Listen, "listen", o.Listen, "`address` to serve on; port 0 takes a free one")
	s.StringVar(&o.OpsListen, "ops-listen", o.OpsListen, "`address` of /healthz, /readyz, /metrics and pprof; empty is none")
	s.StringArrayVar(&o.OpsHosts, "ops-host", o.OpsHosts, "host `name` under which metrics and pprof are served, besides IP addresses (repeatable)")
	s.StringVar(&o.PublicURL, "public-url", o.PublicURL, "`URL` under which browsers reach this site (default: from the bound address)")
	s.StringArrayVar(&o.AllowedOrigins, "allowed-origin", o.AllowedOrigins, "another `origin` whose pages may call the API with cookies (repeatable)")
	s.StringArrayVar(&o.ReturnOrigins, "return-origin", o.ReturnOrigins, "`origin` of a shop that the page may send an active fan on to, by ?return= (repeatable)")
	s.StringArrayVar(&o.EmbedOrigins, "embed-origin", o.EmbedOrigins, "`origin` whose pages may show /embed in a frame (repeatable)")
	s.StringVar(&o.CookieDomain, "cookie-domain", o.CookieDomain, "`domain` whose hosts get the session cookie too, such as example.org for the shop's host (default: this host alone)")
	s.StringVar(&o.GoogleClientID, "google-client-id", o.GoogleClientID, "OAuth client `id`")
	s.StringVar(&o.GoogleClientSecret, "google-client-secret", o.GoogleClientSecret, "OAuth client `secret`; set it in the environment, because every program on the machine can read flags")
	s.Var(issuers{o}, "oidc-issuer", "OpenID issuer `URL` in Google's place, or NAME=URL for one more provider beside it (repeatable)")
	s.StringArrayVar(&o.OIDCClients, "oidc-client-id", o.OIDCClients, "`NAME=ID`: the client id at the provider NAME (repeatable)")
	s.StringArrayVar(&o.OIDCSecrets, "oidc-client-secret", o.OIDCSecrets, "`NAME=SECRET`: the client's secret at the provider NAME (repeatable); set it in the environment, because every program on the machine can read flags")
	s.StringArrayVar(&o.OIDCLabels, "oidc-label", o.OIDCLabels, "`NAME=TEXT`: the text of the provider's button after \"Continue with\" (repeatable; default: its name)")
	s.StringArrayVar(&o.AdminEmails, "admin-email", o.AdminEmails, "`e-mail` of an admin, as the issuer has verified it (repeatable)")
	s.StringArrayVar(&o.StaffEmails, "staff-email", o.StaffEmails, "`e-mail` of staff at the gate (repeatable)")
	s.StringArrayVar(&o.DeskEmails, "desk-email", o.DeskEmails, "`e-mail` of the desk, the box office (repeatable)")
	s.StringArrayVar(&o.AdminSubs, "admin-sub", o.AdminSubs, "`subject` of an admin: the issuer's sub of the account, or the user's id here (repeatable)")
	s.StringArrayVar(&o.StaffSubs, "staff-sub", o.StaffSubs, "`subject` of staff at the gate: the issuer's sub, or the user's id here (repeatable)")
	s.StringArrayVar(&o.DeskSubs, "desk-sub", o.DeskSubs, "`subject` of the desk: the issuer's sub, or the user's id here (repeatable)")
	s.StringVar(&o.Season, "season", o.Season, "`id` of the default season")
	s.StringArrayVar(&o.Roles, "role", o.Roles, "`role` of this node: auth (sign-in and the line) or ticket (seats and purchases) (repeatable)")
	s.StringArrayVar(&o.TrustedProxies, "trusted-proxy", o.TrustedProxies, "`CIDR` whose X-Forwarded-For is believed (repeatable)")
	s.StringVar(&o.BeaconURL, "beacon-url", o.BeaconURL, "`URL` of a public randomness beacon such as drand; its value is mixed into the draws of scheduled openings")
	s.StringVar(&o.ChallengeVerifyURL, "challenge-verify-url", o.ChallengeVerifyURL, "`URL` that verifies solved challenges in the siteverify form, for seasons with challenge")
	s.StringVar(&o.ChallengeSecret, "challenge-secret", o.ChallengeSecret, "`secret` for the verifier of challenges; set it in the environment, because every program on the machine can read flags")
	s.StringVar(&o.ChallengeSiteKey, "challenge-site-key", o.ChallengeSiteKey, "public `key` of the challenge's widget")
	s.StringVar(&o.ChallengeScriptURL, "challenge-script-url", o.ChallengeScriptURL, "`URL` of the script of the challenge's widget")
	s.BoolVar(&o.ChallengeFailOpen, "challenge-fail-open", o.ChallengeFailOpen, "let fans join while the verifier of challenges does not answer")
	s.StringArrayVar(&o.FeedURLs, "feed-url", o.FeedURLs, "`URL` that gets a signed webhook for every transaction (repeatable)")
	s.StringArrayVar(&o.FeedSecrets, "feed-secret", o.FeedSecrets, "`secret` that signs webhooks, whsec_ and base64; every webhook carries a signature of each secret (repeatable); set it in the environment")
	o.MailFlags(s)
	s.IntVar(&o.MaxSockets, "max-sockets", o.MaxSockets, "the most live sockets of this node (default: 80 % of the file descriptors it may open)")
	s.IntVar(&o.LimitSignIn, "limit-sign-in", o.LimitSignIn, "sign-ins per minute: accepted ones for each user, failed ones for each address; 0 is no limit")
	s.IntVar(&o.LimitRequests, "limit-requests", o.LimitRequests, "requests per second for each user, over all nodes; 0 is no limit")
	s.IntVar(&o.LimitUpgrades, "limit-upgrades", o.LimitUpgrades, "socket upgrades per minute for each user, over all nodes; 0 is no limit")
	s.IntVar(&o.LimitDeclines, "limit-declines", o.LimitDeclines, "declined payments per hour for each user and season; 0 is no limit")
	s.IntVar(&o.LimitRefunds, "limit-refunds", o.LimitRefunds, "refunds per hour for each user and season; 0 is no limit")
	o.PaymentFlags(s)
	s.StringVar(&o.StripeWebhookSecret, "stripe-webhook-secret", o.StripeWebhookSecret, "`secret` that signs Stripe's events, whsec_…; set it in the environment")
	s.StringVar(&o.OTLPEndpoint, "otlp-endpoint", o.OTLPEndpoint, "`URL` of an OpenTelemetry collector (OTLP over HTTP) that gets traces; empty: no traces")
	s.Float64Var(&o.OTLPSample, "otlp-sample", o.OTLPSample, "the `share` of requests that is traced, 0 to 1; a trusted proxy's traceparent decides for its own")
	o.Log.Flags(s)
}

// PaymentFlags adds the options of the payment provider.
func (o *Options) PaymentFlags(s *FlagSet) {
	s.StringVar(&o.Payments, "payments", o.Payments, "`provider` of payments, which has no default: stripe, or sandbox, which takes no money")
	s.StringVar(&o.StripeSecretKey, "stripe-secret-key", o.StripeSecretKey, "Stripe's secret `key`, sk_… or rk_…; set it in the environment, because every program on the machine can read flags")
	s.StringVar(&o.StripeURL, "stripe-url", o.StripeURL, "`URL` of Stripe's API, for tests (default: Stripe's own)")
}

// MailFlags adds the mail server.
func (o *Options) MailFlags(s *FlagSet) {
	s.StringVar(&o.SMTPURL, "smtp-url", o.SMTPURL, "`URL` of the mail server that sends confirmations and refunds to fans, smtp://user:password@host:587 or smtps://…; empty: no mails; set it in the environment if it has a password")
	s.StringVar(&o.MailFrom, "mail-from", o.MailFrom, "`address` that mails come from, such as Opera <tickets@opera.example>")
}

// StoreFlags adds the addresses of the stores.
func (o *Options) StoreFlags(s *FlagSet) {
	s.StringArrayVar(&o.RedisURLs, "redis-url", o.RedisURLs, "Redis `URL`; several are a cluster, ?master_name= is Sentinel (repeatable); set it in the environment if it has a password")
	s.StringVar(&o.RedisCA, "redis-ca", o.RedisCA, "`path` of a PEM file with the certificate authorities that rediss:// trusts (default: the system's)")
	s.StringVar(&o.MongoURL, "mongo-url", o.MongoURL, "MongoDB `URL`; set it in the environment if it has a password")
	s.StringVar(&o.MongoDatabase, "mongo-database", o.MongoDatabase, "MongoDB `database`")
}

// KeyFlags adds the paths of the keys.
func (o *Options) KeyFlags(s *FlagSet) {
	s.StringArrayVar(&o.SigningKeys, "signing-key", o.SigningKeys, "`path` of a PKCS#8 PEM Ed25519 key for sessions; the first key signs, all keys verify (repeatable)")
	s.StringArrayVar(&o.TicketKeys, "ticket-key", o.TicketKeys, "`path` of such a key for tickets; keep a key for as long as tickets signed by it are valid (repeatable; default: the signing keys)")
}

// Flags adds the format and the level of the log.
func (o *LogOptions) Flags(s *FlagSet) {
	s.StringVar(&o.Format, "log-format", o.Format, "`format` of the log: text or json")
	s.StringVar(&o.Level, "log-level", o.Level, "lowest `level` that is logged: debug, info, warn or error")
}
