package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/booking"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/text"
)

// Roles a node may have.
const (
	RoleAuth   = "auth"   // /auth/*, /waitingList/*, the JWKS, the OAuth redirects
	RoleTicket = "ticket" // seats, holds, transactions, tickets, check-ins
)

// Options configures one node. Flags fills it; Validate names every problem.
type Options struct {
	Listen    string   // host:port of the server; port 0 takes a free one
	OpsListen string   // host:port of health, metrics and pprof; "" is none
	OpsHosts  []string // names that may be asked for there, beside addresses

	RedisURLs     []string // one server, one Sentinel (?master_name=), or a cluster's nodes
	RedisCA       string   // path of a PEM file with the authorities of rediss://; "" is the system's
	MongoURL      string
	MongoDatabase string

	SigningKeys    []string // paths of PKCS#8 PEM Ed25519 keys for sessions and places; the first signs, all verify
	TicketKeys     []string // likewise for tickets and void lists; none: the signing keys
	PublicURL      string   // what browsers see; "" is derived from the bound address
	AllowedOrigins []string
	TrustedProxies []string // CIDRs whose X-Forwarded-For is believed

	OIDCIssuer         string
	GoogleClientID     string
	GoogleClientSecret string
	AdminEmails        []string // who has a role, by verified e-mail address …
	StaffEmails        []string
	AdminSubs          []string // … or by the issuer's subject or the user's id
	StaffSubs          []string

	Season string   // the default season
	Roles  []string // RoleAuth, RoleTicket

	FeedURLs    []string // endpoints that are told of every transaction
	FeedSecrets []string // whsec_…; every message to them is signed with each

	BeaconURL string // of a public beacon like drand's, mixed into draws; "" is none

	MaxSockets int // of this node; 0 is four fifths of what the system lets it open

	LimitSignIn   int // a minute, accepted ones by user, failed ones by address; 0 is off
	LimitRequests int // a second and user
	LimitUpgrades int // a minute and user
	LimitDeclines int // declined payments an hour, user and season
	LimitRefunds  int // refunds an hour, user and season

	Payments            string // who takes the money: PaySandbox or PayStripe; a node has no default
	StripeSecretKey     string
	StripeWebhookSecret string
	StripeURL           string // of the API; "" is Stripe's own

	Log LogOptions

	// What follows has no flag in production; usher-dev and tests set it.

	Logger      *slog.Logger  // instead of one made from Log
	OpsFallback bool          // take a free port when OpsListen's is in use
	DevSignIn   bool          // POST /auth/dev
	Gather      time.Duration // how long a lost line gathers; 0 is the default
	// Mount returns handlers to serve beside the server's routes, by path
	// prefix, once the public URL is known.
	Mount func(publicURL string) (map[string]http.Handler, error)
	// Issuer overrides OIDCIssuer once the public URL is known.
	Issuer func(publicURL string) string
	// Realm is what users' ids are derived from beside the issuer's name for
	// them; "" is the issuer. A provider whose address changes needs one.
	Realm string
	// Seed runs before the first request is served.
	Seed func(ctx context.Context, b *booking.Booking) error
	// FaultPoint is handed to booking: tests of crashes stop a purchase there.
	FaultPoint func(step booking.Step, transaction string) error
}

// Defaults are the options of a production node before any flag is read.
func Defaults() Options {
	return Options{
		Listen: ":8080", OpsListen: "127.0.0.1:9090",
		MongoDatabase: "usher",
		OIDCIssuer:    "https://accounts.google.com",
		Roles:         []string{RoleAuth, RoleTicket},
		LimitSignIn:   60, LimitRequests: 20, LimitUpgrades: 10, LimitDeclines: 10, LimitRefunds: 3,
		Log: LogOptions{Format: "text", Level: "info"},
	}
}

// settled are options that were parsed and checked.
type settled struct {
	keys    *keys.Ring // for sessions and places
	tickets *keys.Ring // for tickets and void lists
	proxies []netip.Prefix
}

// settle checks the options and returns what they parse to, or one UsageError
// that names every problem by its flag.
func (o *Options) settle() (settled, error) {
	var s settled
	var problems []string
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	problems = append(problems, o.checkStores()...)
	if len(o.SigningKeys) == 0 {
		wrong("--signing-key (USHER_SIGNING_KEY) is missing; make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem")
	} else if ring, err := keys.Load(o.SigningKeys...); err != nil {
		wrong("--signing-key: %v", err)
	} else {
		s.keys, s.tickets = ring, ring
	}
	if len(o.TicketKeys) > 0 {
		ring, err := keys.Load(o.TicketKeys...)
		if err != nil {
			wrong("--ticket-key: %v", err)
		}
		s.tickets = ring
	}
	for flag, address := range map[string]string{"--listen": o.Listen, "--ops-listen": o.OpsListen} {
		if address == "" && flag == "--ops-listen" {
			continue
		}
		_, port, err := net.SplitHostPort(address)
		if _, e := net.LookupPort("tcp", port); err != nil || e != nil {
			wrong("%s %q is not host:port", flag, address)
		}
	}
	if o.PublicURL != "" && !isOrigin(o.PublicURL) {
		wrong("--public-url %s is not http(s)://host[:port]", shown(o.PublicURL))
	}
	if o.BeaconURL != "" && !isURL(o.BeaconURL) {
		wrong("--beacon-url %s is not a URL", shown(o.BeaconURL))
	}
	for _, url := range o.FeedURLs {
		if err := booking.CheckFeedURL(url); err != nil {
			wrong("--feed-url: %v", err) // not the URL itself, which may hold a secret
		}
	}
	for _, secret := range o.FeedSecrets {
		if _, err := booking.ParseFeedSecret(secret); err != nil {
			wrong("--feed-secret: %v", err)
		}
	}
	if len(o.FeedURLs) > 0 && len(o.FeedSecrets) == 0 {
		wrong("--feed-secret (USHER_FEED_SECRET) is missing, which --feed-url needs; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	for _, origin := range o.AllowedOrigins {
		if !isOrigin(origin) {
			wrong("--allowed-origin %s is not http(s)://host[:port]", shown(origin))
		}
	}
	for _, text := range o.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			wrong("--trusted-proxy %q is not a CIDR such as 10.0.0.0/8", text)
			continue
		}
		s.proxies = append(s.proxies, prefix)
	}
	problems = append(problems, checkRoleEmails("--admin-email", o.AdminEmails)...)
	problems = append(problems, checkRoleEmails("--staff-email", o.StaffEmails)...)
	if o.Season != "" && !booking.IsSeasonID(o.Season) {
		wrong("--season %q is no season's id, which is 1–64 of a-z 0-9 -", o.Season)
	}
	for _, role := range o.Roles {
		if role != RoleAuth && role != RoleTicket {
			wrong("--role %q is neither auth nor ticket", role)
		}
	}
	switch {
	case o.GoogleClientID == "" || o.Issuer != nil:
	case !isURL(o.OIDCIssuer):
		wrong("--oidc-issuer %s is not a URL", shown(o.OIDCIssuer))
	case isPlainURL(o.OIDCIssuer):
		wrong("--oidc-issuer %s is plain http: who is between could sign in as anybody; use https", shown(o.OIDCIssuer))
	}
	if o.MaxSockets < 0 {
		wrong("--max-sockets %d is negative; 0 is four fifths of the file descriptors", o.MaxSockets)
	}
	for flag, n := range map[string]int{
		"--limit-sign-in": o.LimitSignIn, "--limit-requests": o.LimitRequests, "--limit-upgrades": o.LimitUpgrades,
		"--limit-declines": o.LimitDeclines, "--limit-refunds": o.LimitRefunds,
	} {
		if n < 0 {
			wrong("%s %d is negative; 0 turns it off", flag, n)
		}
	}
	if o.Payments == "" {
		wrong("--payments (USHER_PAYMENTS) is missing: say stripe, or sandbox, which sells for no money")
	}
	problems = append(problems, checkKeyFiles("--signing-key", o.SigningKeys)...)
	problems = append(problems, checkKeyFiles("--ticket-key", o.TicketKeys)...)
	problems = append(problems, o.checkPayments()...)
	if o.Payments == PayStripe && !strings.HasPrefix(o.StripeWebhookSecret, "whsec_") {
		wrong("--stripe-webhook-secret (USHER_STRIPE_WEBHOOK_SECRET) is missing, or does not begin with whsec_: Stripe shows it beside the webhook's endpoint")
	}
	if o.Logger == nil {
		if err := o.Log.check(); err != nil {
			wrong("%v", err)
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return s, &UsageError{Problems: problems}
	}
	return s, nil
}

// checkStores names what is wrong with where the stores are, a sentence each.
func (o *Options) checkStores() (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(o.RedisURLs) == 0 {
		wrong("--redis-url (USHER_REDIS_URL) is missing")
	}
	if o.MongoURL == "" {
		wrong("--mongo-url (USHER_MONGO_URL) is missing")
	}
	if o.MongoDatabase == "" {
		wrong("--mongo-database (USHER_MONGO_DATABASE) is missing")
	}
	redis, mongo := o.stores().Check()
	for _, err := range redis {
		wrong("--redis-url (USHER_REDIS_URL) %v", err)
	}
	for _, err := range mongo {
		wrong("--mongo-url (USHER_MONGO_URL) %v", err)
	}
	if strings.ContainsAny(o.MongoDatabase, "/\\. \"$*<>:|?\x00") || len(o.MongoDatabase) > 63 {
		wrong("--mongo-database %q is no name that MongoDB takes", o.MongoDatabase)
	}
	return problems
}

// stores says where the stores are.
func (o *Options) stores() store.Options {
	return store.Options{RedisURLs: o.RedisURLs, RedisCA: o.RedisCA, MongoURL: o.MongoURL, MongoDatabase: o.MongoDatabase}
}

// checkRoleEmails names the addresses that can give no role: they are compared by
// their ASCII letters.
func checkRoleEmails(flag string, emails []string) (problems []string) {
	for _, email := range emails {
		if !text.IsASCII(email) {
			problems = append(problems, fmt.Sprintf("%s %q has letters beyond ASCII, which may look like others: name the user by %s instead",
				flag, email, strings.Replace(flag, "-email", "-sub", 1)))
		}
	}
	return problems
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isOrigin reports whether text is a scheme and a host, and nothing more.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isURL(text) && strings.TrimSuffix(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// shown is a URL quoted for an error, without the user and password that it may
// have. Up to the last @, because the URL may be one that cannot be read.
func shown(text string) string {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		scheme, _, found := strings.Cut(text[:at], "://")
		if text = "***" + text[at:]; found {
			text = scheme + "://" + text
		}
	}
	return strconv.Quote(text)
}
