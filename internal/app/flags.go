package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// FlagSet is a program's options: each is a flag and an environment variable
// (--redis-url, USHER_REDIS_URL; a repeatable one takes a comma-separated list
// from the environment). Wrong values are collected, so that one message can
// name them all.
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

// ErrHelp is returned by Parse when --help was asked for.
var ErrHelp = pflag.ErrHelp

// EnvName is the environment variable of a flag.
func EnvName(flag string) string {
	return "USHER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Parse reads flags from args and what they leave open from the environment.
// Flags win.
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

// Problems returns the values Parse could not read, a sentence each.
func (s *FlagSet) Problems() []string { return s.problems }

// Help is what --help prints.
func (s *FlagSet) Help() string {
	// pflag knows an empty default by the type of the value itself.
	s.VisitAll(func(f *pflag.Flag) {
		if wrapped, ok := f.Value.(*lenient); ok {
			f.Value = wrapped.Value
		}
	})
	return fmt.Sprintf("%s\n\nOptions (each is also an environment variable: --listen is USHER_LISTEN):\n%s", s.usage, s.FlagUsagesWrapped(100))
}

// lenient remembers a value that cannot be read instead of stopping at it.
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

// wanted says in words what a flag of pflag's type takes.
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

// Flags adds the options every node has. Stores are the caller's: usher-dev
// brings its own.
func (o *Options) Flags(s *FlagSet) {
	s.StringVar(&o.Listen, "listen", o.Listen, "`address` to serve on; port 0 takes a free one")
	s.StringVar(&o.OpsListen, "ops-listen", o.OpsListen, "`address` of /healthz, /readyz, /metrics and pprof; empty is none")
	s.StringArrayVar(&o.OpsHosts, "ops-host", o.OpsHosts, "`name` by which metrics and pprof may be asked for, beside addresses (repeatable)")
	s.StringVar(&o.PublicURL, "public-url", o.PublicURL, "`URL` browsers see (default: from the bound address)")
	s.StringArrayVar(&o.AllowedOrigins, "allowed-origin", o.AllowedOrigins, "another `origin` whose pages may call with cookies (repeatable)")
	s.StringVar(&o.GoogleClientID, "google-client-id", o.GoogleClientID, "OAuth client `id`")
	s.StringVar(&o.GoogleClientSecret, "google-client-secret", o.GoogleClientSecret, "OAuth client `secret`; better in the environment, for every program on the machine sees flags")
	s.StringVar(&o.OIDCIssuer, "oidc-issuer", o.OIDCIssuer, "OpenID issuer `URL`")
	s.StringArrayVar(&o.AdminEmails, "admin-email", o.AdminEmails, "`e-mail` of an admin, as the issuer has verified it (repeatable)")
	s.StringArrayVar(&o.StaffEmails, "staff-email", o.StaffEmails, "`e-mail` of staff at the gate (repeatable)")
	s.StringArrayVar(&o.AdminSubs, "admin-sub", o.AdminSubs, "`subject` of an admin: the issuer's sub of the account, or the user's id here (repeatable)")
	s.StringArrayVar(&o.StaffSubs, "staff-sub", o.StaffSubs, "`subject` of staff at the gate, likewise (repeatable)")
	s.StringVar(&o.Season, "season", o.Season, "`id` of the default season")
	s.StringArrayVar(&o.Roles, "role", o.Roles, "what this node serves: `auth` or ticket (repeatable; default both)")
	s.StringArrayVar(&o.TrustedProxies, "trusted-proxy", o.TrustedProxies, "`CIDR` whose X-Forwarded-For is believed (repeatable)")
	s.StringVar(&o.BeaconURL, "beacon-url", o.BeaconURL, "`URL` of a public randomness beacon like drand's, mixed into the draws of scheduled openings")
	s.StringArrayVar(&o.FeedURLs, "feed-url", o.FeedURLs, "`URL` that is told of every transaction by signed webhooks (repeatable)")
	s.StringArrayVar(&o.FeedSecrets, "feed-secret", o.FeedSecrets, "`secret` that signs them, whsec_ and base64; several sign each (repeatable); better in the environment")
	s.IntVar(&o.MaxSockets, "max-sockets", o.MaxSockets, "live sockets this node takes at most (default: 80 % of the file descriptors it may open)")
	s.IntVar(&o.LimitSignIn, "limit-sign-in", o.LimitSignIn, "sign-ins a minute: accepted ones by user, failed ones by address; 0 is off")
	s.IntVar(&o.LimitRequests, "limit-requests", o.LimitRequests, "requests a second and user, over all nodes; 0 is off")
	s.IntVar(&o.LimitUpgrades, "limit-upgrades", o.LimitUpgrades, "socket upgrades a minute and user, over all nodes; 0 is off")
	s.IntVar(&o.LimitDeclines, "limit-declines", o.LimitDeclines, "declined payments an hour, user and season; 0 is off")
	s.IntVar(&o.LimitRefunds, "limit-refunds", o.LimitRefunds, "refunds an hour, user and season; 0 is off")
	o.PaymentFlags(s)
	s.StringVar(&o.StripeWebhookSecret, "stripe-webhook-secret", o.StripeWebhookSecret, "`secret` that signs Stripe's events, whsec_…; better in the environment")
	o.Log.Flags(s)
}

// PaymentFlags adds who takes the money.
func (o *Options) PaymentFlags(s *FlagSet) {
	s.StringVar(&o.Payments, "payments", o.Payments, "`provider` of payments, which has no default: stripe, or sandbox, which sells for no money")
	s.StringVar(&o.StripeSecretKey, "stripe-secret-key", o.StripeSecretKey, "Stripe's secret `key`, sk_… or rk_…; better in the environment, for every program on the machine sees flags")
	s.StringVar(&o.StripeURL, "stripe-url", o.StripeURL, "`URL` of Stripe's API, for tests (default: Stripe's own)")
}

// StoreFlags adds where the stores are.
func (o *Options) StoreFlags(s *FlagSet) {
	s.StringArrayVar(&o.RedisURLs, "redis-url", o.RedisURLs, "Redis `URL`; several are a cluster, ?master_name= is Sentinel (repeatable); with a password better in the environment")
	s.StringVar(&o.RedisCA, "redis-ca", o.RedisCA, "`path` of a PEM file with the authorities whose certificates rediss:// takes (default: the system's)")
	s.StringVar(&o.MongoURL, "mongo-url", o.MongoURL, "MongoDB `URL`; with a password better in the environment")
	s.StringVar(&o.MongoDatabase, "mongo-database", o.MongoDatabase, "MongoDB `database`")
}

// KeyFlags adds the keys.
func (o *Options) KeyFlags(s *FlagSet) {
	s.StringArrayVar(&o.SigningKeys, "signing-key", o.SigningKeys, "`path` of a PKCS#8 PEM Ed25519 key for sessions; the first signs, all verify (repeatable)")
	s.StringArrayVar(&o.TicketKeys, "ticket-key", o.TicketKeys, "`path` of such a key for tickets; keep each for as long as tickets sold under it are valid (repeatable; default: the signing keys)")
}

// Flags adds how to log.
func (o *LogOptions) Flags(s *FlagSet) {
	s.StringVar(&o.Format, "log-format", o.Format, "`format` of the log: text or json")
	s.StringVar(&o.Level, "log-level", o.Level, "least `level` logged: debug, info, warn or error")
}
