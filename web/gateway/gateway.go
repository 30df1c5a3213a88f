// Package gateway tells the proxy in front of a shop whether a fan may pass: nginx
// auth_request, Caddy and Traefik forward_auth, Envoy ext_authz and HAProxy ask it before
// each request of a browser.
//
// Entry points: [New], [Gateway.Check] and, for Envoy, [Gateway.CheckBelow].
package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// Options configures a Gateway. All fields are required.
type Options struct {
	PublicURL string // of this site, without a slash at the end
	// Season returns the id of the season of a request. Errors: not_found, unavailable.
	// id is what the request names, "" for the default.
	Season func(r *http.Request, id string) (string, error)
	// Token returns the session token of a request, "" for none.
	Token func(r *http.Request) string
	// Read returns the session of a token, without asking a store. Error: unauthenticated.
	Read func(token string) (auth.Session, error)
	// Live returns nil if a session is not revoked. Errors: unauthenticated, unavailable.
	Live func(ctx context.Context, session auth.Session) error
	// Status returns a user's state and counts as a sign of life. Error: unavailable.
	Status func(ctx context.Context, season, user string) (queue.Status, error)
	// Trusts reports whether a request comes from a trusted proxy.
	Trusts func(r *http.Request) bool
	// Untrusted is called for a check that names the browser's address but comes from no
	// trusted proxy, so the fan is not led back to the shop.
	Untrusted func(r *http.Request)
}

// Gateway answers the checks of proxies. Safe for concurrent use.
type Gateway struct{ o Options }

// New makes a Gateway.
func New(o Options) *Gateway { return &Gateway{o} }

// Check answers 200 to an active user and 401 or 403 to any other, with the address of the
// waiting page in Usher-Location; with ?redirect=true it answers 302 to that address. Each
// check is one round trip to Redis at most: the session and the place are asked for at the
// same time, and concurrent checks share the question. Errors: not_found for an unknown
// season, unavailable when a store cannot tell.
//
// ?stale=N lets the proxy use a 200 for N seconds, never beyond the session, while Usher is
// away: who was in stays in. A later 401 or 403 to the same session takes that away.
func (g *Gateway) Check(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	stale, err := staleOf(r)
	if err != nil {
		return err
	}
	season, err := g.o.Season(r, r.URL.Query().Get("season"))
	if err != nil {
		return err
	}
	return g.answer(w, r, request{season, g.asked(r), stale, r.URL.Query().Get("redirect") == "true"})
}

// CheckBelow is Check for a proxy that asks with the method and the path of the browser's
// request below a prefix, as Envoy does. The season is in the path, and the answer to a
// user who is not active is a 302. asked is the path below the prefix with its query.
func (g *Gateway) CheckBelow(w http.ResponseWriter, r *http.Request, season, asked string) error {
	w.Header().Set("Cache-Control", "no-store")
	season, err := g.o.Season(r, season)
	if err != nil {
		return err
	}
	address := ""
	if g.o.Trusts(r) {
		address = usable(origin(r.Header.Get("X-Forwarded-Proto"), r.Host) + asked)
	} else {
		g.o.Untrusted(r)
	}
	return g.answer(w, r, request{season: season, asked: address, redirect: true})
}

// request is a proxy's question.
type request struct {
	season   string
	asked    string // the URL that the browser asked for, "" if unknown
	stale    int    // for how many seconds the proxy may use an old 200; 0: none
	redirect bool
}

// maxStale is the longest time, in seconds, that a proxy lets in who was in.
const maxStale = 3600

func staleOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("stale")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxStale {
		return 0, fault.New(fault.InvalidRequest, "stale is 1 to %d seconds, not %.20q", maxStale, text)
	}
	return n, nil
}

func (g *Gateway) answer(w http.ResponseWriter, r *http.Request, q request) error {
	h := w.Header()
	session, genuine, status, err := g.ask(r, q.season)
	in := err == nil && status.State == queue.Active
	if q.stale > 0 && genuine && (err == nil || fault.Is(err, fault.Unauthenticated)) {
		// Refusals of made-up sessions would fill the proxy's cache.
		left := 0
		if in {
			left = int(status.SessionEndsAt.Sub(status.Now).Seconds())
		}
		keep(h, min(q.stale, left))
	}
	switch {
	case in:
		h.Set("Usher-User", session.User.ID)
		h.Set("Usher-Season", q.season)
		h.Set("Usher-Session-Ends", wire.At(status.SessionEndsAt).String())
		w.WriteHeader(http.StatusOK)
		return nil
	case err == nil:
		err = fault.New(fault.NotAdmitted, "this user is not in: send the browser to the address in Usher-Location")
	case !fault.Is(err, fault.Unauthenticated):
		return err
	}
	location := g.location(q)
	if q.redirect {
		h.Set("Location", location)
		w.WriteHeader(http.StatusFound)
		return nil
	}
	h.Set("Usher-Location", location)
	return err
}

// clockSkew is how far the clock of a proxy may be behind this node's.
const clockSkew = 2 * time.Second

// keep lets a proxy store an answer and use it for so many seconds while Usher is away. A
// refusal, with 0 seconds, takes the place of an older 200.
//
// nginx stores no answer with max-age=0, so that is 1. But the time in X-Accel-Expires, which
// counts for nginx, is over: nginx asks before each request, and a fan who leaves is out.
func keep(h http.Header, seconds int) {
	h.Set("X-Accel-Expires", fmt.Sprintf("@%d", time.Now().Add(-clockSkew).Unix()))
	if seconds <= 0 {
		h.Set("Cache-Control", "must-revalidate")
		return
	}
	h.Set("Cache-Control", fmt.Sprintf("max-age=1, stale-if-error=%d", seconds))
}

// ask returns the session and the state of the caller. genuine reports whether the token
// is one of this site, which may be revoked.
func (g *Gateway) ask(r *http.Request, season string) (session auth.Session, genuine bool, status queue.Status, err error) {
	token := g.o.Token(r)
	if token == "" {
		return session, false, status, fault.New(fault.Unauthenticated, "the request has no session: send the browser to the address in Usher-Location")
	}
	if session, err = g.o.Read(token); err != nil {
		return session, false, status, err
	}
	both, ctx := errgroup.WithContext(r.Context())
	both.Go(func() error { return g.o.Live(ctx, session) })
	both.Go(func() (err error) {
		status, err = g.o.Status(ctx, season, session.User.ID)
		return err
	})
	err = both.Wait()
	return session, true, status, err
}

// location is the waiting page, with the URL that the browser asked for.
func (g *Gateway) location(q request) string {
	query := "season=" + url.QueryEscape(q.season)
	if q.asked != "" {
		query += "&return=" + url.QueryEscape(q.asked)
	}
	return g.o.PublicURL + "/?" + query
}

// maxAsked is the longest URL that the waiting page returns to, in bytes.
const maxAsked = 2048

// asked returns the URL that the browser asked the proxy for, "" when no trusted proxy
// says. The waiting page follows it only to a listed origin.
func (g *Gateway) asked(r *http.Request) string {
	text, host, path := r.Header.Get("X-Original-URL"), r.Header.Get("X-Forwarded-Host"), r.Header.Get("X-Forwarded-Uri")
	if text == "" && host == "" {
		return ""
	}
	if !g.o.Trusts(r) {
		g.o.Untrusted(r)
		return ""
	}
	if text == "" {
		text = origin(r.Header.Get("X-Forwarded-Proto"), host) + "/" + strings.TrimPrefix(path, "/")
	}
	return usable(text)
}

// origin puts a scheme, https by default, before a host.
func origin(proto, host string) string {
	if proto == "" {
		proto = "https"
	}
	return proto + "://" + host
}

// usable returns an absolute URL of the web, "" for any other text.
func usable(text string) string {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAsked || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
