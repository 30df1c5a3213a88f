package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"usher/booking"
	"usher/booking/payment"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/challenge"
	"usher/internal/keys"
	"usher/internal/pass"
	codebook "usher/internal/presale"
	"usher/internal/trace"
	"usher/internal/warn"
	"usher/internal/wire"
	"usher/queue"
	"usher/web/admin"
	"usher/web/allotments"
	"usher/web/approval"
	"usher/web/boxoffice"
	"usher/web/desk"
	"usher/web/docs"
	"usher/web/gateway"
	"usher/web/language"
	"usher/web/look"
	"usher/web/presale"
	"usher/web/sale"
	"usher/web/seatplan"
)

// Options configures a Server.
type Options struct {
	Queue   *queue.Queue
	Booking *booking.Booking
	Auth    *auth.Auth
	Hub     *hub.Hub
	Passes  *pass.Desk
	Codes   *codebook.Book // for phases that need a code
	Keys    *keys.Ring     // sign sessions and places; with nil TicketKeys tickets and void lists too
	// TicketKeys sign tickets and void lists.
	TicketKeys *keys.Ring

	PublicURL      string         // scheme and host that browsers use, without a slash at the end
	AllowedOrigins []string       // additional to PublicURL
	ReturnOrigins  []string       // where the page may send an active fan on to
	EmbedOrigins   []string       // whose pages may hold /embed in a frame, as CheckEmbedOrigin accepts them
	CookieDomain   string         // whose hosts get the session cookie; "": this host alone
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Season         string         // the default season
	ServeAuth      bool           // role auth: /auth/*, /waitingList/*, JWKS
	ServeTicket    bool           // role ticket: seats, holds, transactions, tickets, check-ins
	DevSignIn      bool           // POST /auth/dev
	Payments       string         // how the browser app takes payments: PaysSandbox, …; "": not at all
	LimitSignIn    int            // a minute: successful ones by user, failed ones by address; 0: off
	LimitRequests  int            // a second and user; 0: off
	LimitUpgrades  int            // a minute and user; 0: off

	// SeasonChanged is called after a season's settings were saved.
	SeasonChanged func(ctx context.Context, s booking.Season) error
	// Ready returns why this node cannot serve, by name ("redis", "draining");
	// empty means ready.
	Ready func(ctx context.Context) map[string]error
	// Draining reports whether the node is shutting down and accepts no new
	// sockets.
	Draining func() bool
	// Warn receives warnings for the operator; the admin page shows them. Nil: a
	// board of the server's own.
	Warn *warn.Board
	// Check tries everything that a season's sale needs. fans is how many are expected;
	// 0: unknown. Nil: no checks.
	Check func(ctx context.Context, season string, fans int) wire.CheckReport
	// Challenges verifies the tokens of those who join a season with challenge. Nil: such
	// a season takes no joins.
	Challenges *challenge.Verifier
	// Solved keeps who has solved a challenge and has not joined yet. Required with a season
	// that has challenge.
	Solved *challenge.Solved
	// SignIns are the providers besides the first one that have a button on the page.
	SignIns     []SignInButton
	FirstSignIn bool // whether the first provider has a button
	// ChallengeSiteKey and ChallengeScript, a URL, are of the widget on the page.
	ChallengeSiteKey, ChallengeScript string
	// Sandbox is the provider of payments if that is the sandbox, whose payment pages this
	// server serves. Nil: there are none.
	Sandbox *payment.Sandbox
	// PaymentNews receives an event of the payment provider as it was sent, and the
	// header that signs it. Nil: no events are expected.
	PaymentNews func(ctx context.Context, payload []byte, signature string) error
	// Mount serves handlers below a path beside the server's routes. usher-dev
	// mounts its OpenID provider here.
	Mount map[string]http.Handler

	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Tracer     *trace.Tracer // nil: no traces
}

// Server answers HTTP requests and serves WebSockets. Safe for concurrent use.
type Server struct {
	o        Options
	log      *slog.Logger
	origins  origins
	limits   limits
	limitLog sampled
	storeLog sampled // for requests that a store did not answer

	proxyWarned, hopWarned, upgradeWarned, gatewayWarned sync.Once

	metrics    metrics
	languages  *language.Chooser
	seats      *seatPages
	board      *sale.Board // the public state of every sale
	voids      voidLists
	drawings   *drawings  // rendered codes and documents of tickets
	exports    *workQueue // spreadsheets of orders
	photos     *workQueue // images from cameras at the gate, a slot per session
	checks     *workQueue // checks of everything that a sale needs
	upgrades   *workQueue // requests that become sockets
	live       liveSockets
	docs       *docs.Site
	plans      *seatplan.Plans
	gateway    *gateway.Gateway
	approvals  *approval.Site
	office     *boxoffice.Office // what the box office changes in purchases
	allotments *allotments.Site  // seats off sale
	presale    *presale.Site     // codes for phases of a sale
	look       *look.Site        // logos, colors and texts of organizers
	handler    http.Handler
	organizer  *admin.Site // what organizers ask about fans and about changes
	desk       *desk.Site  // sales at the desk
}

// New checks the options, reports every problem at once, and builds the routes.
func New(o Options) (*Server, error) {
	if problems := o.problems(); len(problems) > 0 {
		return nil, fmt.Errorf("web: %w", errors.Join(problems...))
	}
	o.fillDefaults()
	s := &Server{
		o:         o,
		log:       o.Logger,
		origins:   newOrigins(o.PublicURL, o.AllowedOrigins),
		limits:    newLimits(o),
		languages: language.New(o.DevSignIn), // what only development offers
		live:      newLiveSockets(),
		seats:     newSeatPages(),
		drawings:  newDrawings(),
		upgrades:  newWorkQueue("sockets", upgradesAtOnce, 0, upgradePatience),
		exports:   newWorkQueue("exports", exportsAtOnce, exportsWaiting, exportPatience),
		photos:    newWorkQueue("images", max(1, runtime.GOMAXPROCS(0)/2), 1, photoPatience),
		checks:    newWorkQueue("checks", 1, 2, exportPatience),
	}
	s.metrics = newMetrics(o.Registerer)
	s.plans = seatplan.New(acceptsGzip)
	s.docs = docs.New(docs.Options{Base: o.PublicURL, Season: o.Season, Zips: acceptsGzip})
	s.look = look.New(look.Options{Booking: o.Booking, Body: bodyOf, Answer: answerJSON, Zips: acceptsGzip})
	s.presale = presale.New(presale.Options{
		Codes: o.Codes, Booking: o.Booking, Spend: o.Auth.Limits().Spend, Body: bodyOf, Answer: answerJSON, Registerer: o.Registerer, Logger: o.Logger,
	})
	s.allotments = allotments.New(allotments.Options{Booking: o.Booking, Decode: decodeLong, Body: bodyOf, Answer: answerJSON, Logger: o.Logger})
	s.board = sale.New(sale.Options{
		Seasons: o.Booking.Seasons, Snapshot: o.Booking.Snapshot, Tell: s.tellSale,
		Waiting: s.waiting, TellWaiting: s.tellWaiting, Logger: o.Logger,
	})
	s.desk = desk.New(desk.Options{
		Booking: o.Booking, Search: o.Auth.Search, Event: s.eventWords, Languages: s.languages, Decode: decode, DryRun: admin.DryRun,
		PathValue: pathValue, Answer: answerJSON, Transaction: toTransaction, Lines: toLines, Best: toBest, Areas: toAreaCounts, AreaStocks: toAreas,
	})
	s.organizer = admin.New(admin.Options{
		Booking: o.Booking, Queue: o.Queue, Names: o.Auth.Names, Search: o.Auth.Search, PathValue: pathValue, Answer: answerJSON,
	})
	s.office = boxoffice.New(boxoffice.Options{
		Booking: o.Booking, PathValue: pathValue, Decode: decodeOptional, Shown: s.desk.Shown, Answer: answerJSON,
	})
	s.approvals = approval.New(approval.Options{Sandbox: o.Sandbox, Reconcile: o.Booking.Reconcile, Languages: s.languages, Logger: o.Logger})
	s.gateway = gateway.New(gateway.Options{
		PublicURL: o.PublicURL,
		Season: func(r *http.Request, id string) (string, error) {
			season, err := s.seasonNamed(r.Context(), id)
			return season.ID, err
		},
		Token: func(r *http.Request) string {
			token, _ := tokenOf(r, s.cookieName(sessionCookie))
			return token
		},
		Read: o.Auth.Read, Live: o.Auth.Live, Status: o.Queue.Status,
		Trusts: func(r *http.Request) bool { return s.trusts(peerOf(r)) }, Untrusted: s.gatewayUntrusted,
	})
	s.handler = s.router()
	return s, nil
}

// Handler serves every route of the server.
func (s *Server) Handler() http.Handler { return s.handler }

func (o Options) problems() []error {
	var problems []error
	missing := func(absent bool, name string) {
		if absent {
			problems = append(problems, errors.New("Options."+name+" is missing"))
		}
	}
	missing(o.Queue == nil, "Queue")
	missing(o.Booking == nil, "Booking")
	missing(o.Auth == nil, "Auth")
	missing(o.Hub == nil, "Hub")
	missing(o.Passes == nil, "Passes")
	missing(o.Codes == nil, "Codes")
	missing(o.Keys == nil, "Keys")
	if o.PublicURL != "" && !isOrigin(o.PublicURL) {
		problems = append(problems, fmt.Errorf("public URL %q must be a scheme and a host only, as https://tickets.example", o.PublicURL))
	}
	for _, origin := range o.AllowedOrigins {
		if !isOrigin(origin) {
			problems = append(problems, fmt.Errorf("allowed origin %q must be a scheme and a host only, as https://tickets.example", origin))
		}
	}
	for _, origin := range o.ReturnOrigins {
		if !isOrigin(origin) {
			problems = append(problems, fmt.Errorf("return origin %q must be a scheme and a host only, as https://shop.example", origin))
		}
	}
	for _, origin := range o.EmbedOrigins {
		if err := CheckEmbedOrigin(origin, o.PublicURL); err != nil {
			problems = append(problems, fmt.Errorf("embed origin %w", err))
		}
	}
	for path := range o.Mount {
		if !strings.HasPrefix(path, "/") || path == "/" || strings.HasSuffix(path, "/") {
			problems = append(problems, fmt.Errorf("mount path %q must begin with a slash and end without one", path))
		}
	}
	return problems
}

func (o *Options) fillDefaults() {
	if o.TicketKeys == nil {
		o.TicketKeys = o.Keys
	}
	o.Keys, o.TicketKeys = o.Keys.For(keys.Session), o.TicketKeys.For(keys.Ticket)
	if o.SeasonChanged == nil {
		o.SeasonChanged = func(context.Context, booking.Season) error { return nil }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) map[string]error { return nil }
	}
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Warn == nil {
		o.Warn = warn.New(o.Logger)
	}
}

// isOrigin reports whether text is http or https with a host and nothing else, as
// browsers write an origin.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Scheme+"://"+u.Host == text
}
