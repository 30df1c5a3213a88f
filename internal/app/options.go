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
	"usher/booking/feed"
	"usher/internal/auth"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/text"
	"usher/internal/trace/otlp"
	"usher/web"
)

// Roles a node may have.
const (
	RoleAuth   = "auth"   // /auth/*, /waitingList/*, the JWKS, the OAuth redirects
	RoleTicket = "ticket" // seats, holds, transactions, tickets, check-ins
)

// Options configures one node. Flags fills it; New names every problem in one error.
type Options struct {
	Listen    string   // host:port of the server; port 0 takes a free one
	OpsListen string   // host:port of health, metrics and pprof; "" is none
	OpsHosts  []string // host names that OpsListen serves, besides IP addresses

	RedisURLs     []string // one server, one Sentinel (?master_name=), or a cluster's nodes
	RedisCA       string   // path of a PEM file with the authorities that rediss:// trusts; "" is the system's
	MongoURL      string
	MongoDatabase string

	SigningKeys    []string // paths of PKCS#8 PEM Ed25519 keys for sessions and places; the first signs, all verify
	TicketKeys     []string // the same for tickets and void lists; none: the signing keys
	PublicURL      string   // of this site, as browsers use it; "" is derived from the bound address
	AllowedOrigins []string
	ReturnOrigins  []string // where the page may send an active fan on to
	EmbedOrigins   []string // whose pages may show the sale in a frame
	CookieDomain   string   // whose hosts get the session cookie; "" is this host alone
	TrustedProxies []string // CIDRs whose X-Forwarded-For is believed

	OIDCIssuer         string
	OIDCProviders      []auth.ProviderOptions // more providers, by --oidc-issuer NAME=URL; without clients until settled
	OIDCClients        []string               // NAME=ID
	OIDCSecrets        []string               // NAME=SECRET
	OIDCLabels         []string               // NAME=TEXT
	GoogleClientID     string
	GoogleClientSecret string
	AdminEmails        []string // verified e-mail addresses of admins
	StaffEmails        []string // the same of staff at the gate
	DeskEmails         []string // the same of the desk: the box office
	AdminSubs          []string // the issuer's subjects, or the users' ids, of admins
	StaffSubs          []string // the same of staff at the gate
	DeskSubs           []string // the same of the desk

	Season string   // the default season
	Roles  []string // RoleAuth, RoleTicket

	FeedURLs    []string // endpoints that get a webhook for every transaction
	FeedSecrets []string // whsec_…; every webhook carries a signature of each

	SMTPURL  string // of the mail server, with credentials; "": no mails
	MailFrom string // the sender of mails, as an address with or without a name

	// The challenge of seasons that ask for one; all or none.
	ChallengeVerifyURL string
	ChallengeSecret    string
	ChallengeSiteKey   string
	ChallengeScriptURL string
	ChallengeFailOpen  bool // while the verifier does not answer, fans are let in

	BeaconURL string // of a public randomness beacon such as drand, mixed into draws; "" is none

	MaxSockets int // of this node; 0 is four fifths of the files that it may open

	// Limits; 0 is none.
	LimitSignIn   int // per minute: accepted sign-ins for each user, failed ones for each address
	LimitRequests int // per second for each user
	LimitUpgrades int // per minute for each user
	LimitDeclines int // declined payments per hour for each user and season
	LimitRefunds  int // refunds per hour for each user and season

	Payments            string // the payment provider, PaySandbox or PayStripe; a node has no default
	StripeSecretKey     string
	StripeWebhookSecret string
	StripeURL           string // of the API; "" is Stripe's own

	OTLPEndpoint string  // URL of a collector of traces; "" is none
	OTLPSample   float64 // the share of requests that is traced, 0 to 1

	Log LogOptions

	// The fields below have no flag in production. usher-dev and tests set them.

	Logger      *slog.Logger  // instead of one made from Log
	OpsFallback bool          // take a free port when OpsListen's is in use
	DevSignIn   bool          // POST /auth/dev
	MailPace    feed.Pace     // of sending mails; the zero value is the default
	Gather      time.Duration // how long a new epoch gathers after a loss of Redis; 0 is the default
	// Mount returns handlers to serve besides the server's routes, by path
	// prefix. It is called when the public URL is known.
	Mount func(publicURL string) (map[string]http.Handler, error)
	// Issuer overrides OIDCIssuer. It is called when the public URL is known.
	Issuer func(publicURL string) string
	// Realm replaces the issuer in the hash that makes a user's id of issuer and
	// subject; "" is the issuer. A provider whose address changes needs a realm.
	Realm string
	// Seed runs before the first request is served.
	Seed func(ctx context.Context, b *booking.Booking) error
	// FaultPoint is passed to booking: tests of crashes stop a purchase there.
	FaultPoint func(step booking.Step, transaction string) error
}

// Defaults are the options of a production node before any flag is read.
func Defaults() Options {
	return Options{
		Listen: ":8080", OpsListen: "127.0.0.1:9090",
		MongoDatabase: "usher",
		OIDCIssuer:    "https://accounts.google.com",
		Roles:         []string{RoleAuth, RoleTicket},
		OTLPSample:    0.01,
		LimitSignIn:   60, LimitRequests: 20, LimitUpgrades: 10, LimitDeclines: 10, LimitRefunds: 3,
		Log: LogOptions{Format: "text", Level: "info"},
	}
}

// settled are the keys and addresses that were parsed from checked options.
type settled struct {
	keys    *keys.Ring // for sessions and places
	tickets *keys.Ring // for tickets and void lists
	proxies []netip.Prefix
}

// settle checks and parses the options. It returns one UsageError that names every
// problem by its flag.
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
			wrong("%s %q is not host:port, such as 127.0.0.1:8080", flag, address)
		}
	}
	if o.PublicURL != "" && !isOrigin(o.PublicURL) {
		wrong("--public-url %s is not http(s)://host[:port]", redacted(o.PublicURL))
	}
	if o.BeaconURL != "" && !isURL(o.BeaconURL) {
		wrong("--beacon-url %s is not an http or https URL", redacted(o.BeaconURL))
	}
	problems = append(problems, o.checkChallenge()...)
	problems = append(problems, o.checkMail()...)
	for _, url := range o.FeedURLs {
		if err := feed.CheckURL(url); err != nil {
			wrong("--feed-url: %v", err) // not the URL itself, which may hold a secret
		}
	}
	for _, secret := range o.FeedSecrets {
		if _, err := feed.ParseSecret(secret); err != nil {
			wrong("--feed-secret: %v", err)
		}
	}
	if len(o.FeedURLs) > 0 && len(o.FeedSecrets) == 0 {
		wrong("--feed-secret (USHER_FEED_SECRET) is missing, and --feed-url needs one; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	for _, origin := range o.AllowedOrigins {
		if !isOrigin(origin) {
			wrong("--allowed-origin %s is not http(s)://host[:port]", redacted(origin))
		}
	}
	for _, origin := range o.ReturnOrigins {
		if !isOrigin(origin) {
			wrong("--return-origin %s is not http(s)://host[:port]", redacted(origin))
		}
	}
	for _, origin := range o.EmbedOrigins {
		if err := web.CheckEmbedOrigin(origin, o.PublicURL); err != nil && strings.Contains(origin, "@") {
			wrong("--embed-origin %s is not http(s)://host[:port]", redacted(origin))
		} else if err != nil {
			wrong("--embed-origin %v", err)
		}
	}
	if o.CookieDomain != "" {
		if err := web.CheckCookieDomain(o.CookieDomain, o.PublicURL); err != nil {
			wrong("--cookie-domain %v", err)
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
	problems = append(problems, checkRoleEmails("--desk-email", o.DeskEmails)...)
	if o.Season != "" && !booking.IsSeasonID(o.Season) {
		wrong("--season %q is not a season id: 1 to 64 of a-z, 0-9 and -", o.Season)
	}
	for _, role := range o.Roles {
		if role != RoleAuth && role != RoleTicket {
			wrong("--role %q is neither auth nor ticket", role)
		}
	}
	switch {
	case o.GoogleClientID == "" || o.Issuer != nil:
	case !isURL(o.OIDCIssuer):
		wrong("--oidc-issuer %s is not an http or https URL", redacted(o.OIDCIssuer))
	case isPlainURL(o.OIDCIssuer):
		wrong("--oidc-issuer %s is plain http: an attacker on the network could sign in as any user; use https", redacted(o.OIDCIssuer))
	}
	_, _, wrongProviders := o.providers()
	problems = append(problems, wrongProviders...)
	if o.OTLPEndpoint != "" {
		if err := otlp.Check(o.OTLPEndpoint); err != nil {
			wrong("--otlp-endpoint %s %v", redacted(o.OTLPEndpoint), err)
		}
	}
	if !(o.OTLPSample >= 0 && o.OTLPSample <= 1) { // also refuses what is no number
		wrong("--otlp-sample %v is not a share: give a number from 0, no request, to 1, every request", o.OTLPSample)
	}
	if o.MaxSockets < 0 {
		wrong("--max-sockets %d is negative; 0 is four fifths of the files that this process may open", o.MaxSockets)
	}
	for flag, n := range map[string]int{
		"--limit-sign-in": o.LimitSignIn, "--limit-requests": o.LimitRequests, "--limit-upgrades": o.LimitUpgrades,
		"--limit-declines": o.LimitDeclines, "--limit-refunds": o.LimitRefunds,
	} {
		if n < 0 {
			wrong("%s %d is negative; 0 is no limit", flag, n)
		}
	}
	if o.Payments == "" {
		wrong("--payments (USHER_PAYMENTS) is missing: give stripe, or sandbox, which takes no money")
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

// checkChallenge returns a sentence for each problem with the options of the challenge.
func (o *Options) checkChallenge() (problems []string) {
	given := []struct{ flag, value string }{
		{"--challenge-verify-url", o.ChallengeVerifyURL},
		{"--challenge-secret", o.ChallengeSecret},
		{"--challenge-site-key", o.ChallengeSiteKey},
		{"--challenge-script-url", o.ChallengeScriptURL},
	}
	var missing []string
	for _, each := range given {
		if each.value == "" {
			missing = append(missing, each.flag)
		}
	}
	switch {
	case len(missing) == len(given):
		if o.ChallengeFailOpen {
			problems = append(problems, "--challenge-fail-open needs --challenge-verify-url and the other options of the challenge")
		}
		return problems
	case len(missing) > 0:
		problems = append(problems, fmt.Sprintf("%s is missing: the challenge needs %s, %s, %s and %s",
			strings.Join(missing, ", "), given[0].flag, given[1].flag, given[2].flag, given[3].flag))
	}
	for _, each := range []struct{ flag, value string }{given[0], given[3]} {
		if u, err := url.Parse(each.value); each.value != "" && (!isURL(each.value) || err != nil || u.User != nil || isPlainURL(each.value)) {
			problems = append(problems, fmt.Sprintf("%s %s is not an https URL without a user", each.flag, redacted(each.value)))
		}
	}
	if strings.ContainsFunc(o.ChallengeSiteKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		problems = append(problems, fmt.Sprintf("--challenge-site-key %q has spaces or letters beyond ASCII", o.ChallengeSiteKey))
	}
	return problems
}

// checkStores returns a sentence for each problem with the addresses of the stores.
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
		wrong("--mongo-database %q is not a database name: at most 63 bytes, and none of / \\ . \" $ * < > : | ? or a space", o.MongoDatabase)
	}
	return problems
}

// stores are the options that internal/store needs.
func (o *Options) stores() store.Options {
	return store.Options{RedisURLs: o.RedisURLs, RedisCA: o.RedisCA, MongoURL: o.MongoURL, MongoDatabase: o.MongoDatabase}
}

// checkRoleEmails returns a sentence for each address that cannot give a role:
// addresses are compared in ASCII, ignoring case.
func checkRoleEmails(flag string, emails []string) (problems []string) {
	for _, email := range emails {
		if !text.IsASCII(email) {
			problems = append(problems, fmt.Sprintf("%s %q has letters beyond ASCII, which may look like other letters: name the user by %s instead",
				flag, email, strings.Replace(flag, "-email", "-sub", 1)))
		}
	}
	return problems
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isOrigin reports whether text is a scheme and a host, without path or query.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isURL(text) && strings.TrimSuffix(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// redacted is a URL quoted for an error, without user and password. It cuts up to
// the last @, because the URL may be one that cannot be parsed.
func redacted(text string) string {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		scheme, _, found := strings.Cut(text[:at], "://")
		if text = "***" + text[at:]; found {
			text = scheme + "://" + text
		}
	}
	return strconv.Quote(text)
}
