// Package gateway tells the proxy in front of a shop whether a fan may pass: nginx
// auth_request, Caddy and Traefik forward_auth, Envoy ext_authz and HAProxy ask it before
// each request of a browser.
//
// Entry points: [New] and [Gateway.Check].
package gateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"

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
	Season func(r *http.Request) (string, error)
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
func (g *Gateway) Check(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	season, err := g.o.Season(r)
	if err != nil {
		return err
	}
	session, status, err := g.ask(r, season)
	switch {
	case err == nil && status.State == queue.Active:
		h.Set("Usher-User", session.User.ID)
		h.Set("Usher-Season", season)
		h.Set("Usher-Session-Ends", wire.At(status.SessionEndsAt).String())
		w.WriteHeader(http.StatusOK)
		return nil
	case err == nil:
		err = fault.New(fault.NotAdmitted, "this user is not in: send the browser to the address in Usher-Location")
	case !fault.Is(err, fault.Unauthenticated):
		return err
	}
	location := g.location(r, season)
	if r.URL.Query().Get("redirect") == "true" {
		h.Set("Location", location)
		w.WriteHeader(http.StatusFound)
		return nil
	}
	h.Set("Usher-Location", location)
	return err
}

// ask returns the session and the state of the caller.
func (g *Gateway) ask(r *http.Request, season string) (session auth.Session, status queue.Status, err error) {
	token := g.o.Token(r)
	if token == "" {
		return session, status, fault.New(fault.Unauthenticated, "the request has no session: send the browser to the address in Usher-Location")
	}
	if session, err = g.o.Read(token); err != nil {
		return session, status, err
	}
	both, ctx := errgroup.WithContext(r.Context())
	both.Go(func() error { return g.o.Live(ctx, session) })
	both.Go(func() (err error) {
		status, err = g.o.Status(ctx, season, session.User.ID)
		return err
	})
	return session, status, both.Wait()
}

// location is the waiting page, with the URL that the browser asked for.
func (g *Gateway) location(r *http.Request, season string) string {
	query := "season=" + url.QueryEscape(season)
	if asked := g.asked(r); asked != "" {
		query += "&return=" + url.QueryEscape(asked)
	}
	return g.o.PublicURL + "/?" + query
}

// maxAsked is the longest URL that the waiting page returns to, in bytes.
const maxAsked = 2048

// asked returns the URL that the browser asked the proxy for, "" when no trusted proxy
// says. The waiting page follows it only to a listed origin.
func (g *Gateway) asked(r *http.Request) string {
	if !g.o.Trusts(r) {
		return ""
	}
	text := r.Header.Get("X-Original-URL")
	if text == "" {
		host, path := r.Header.Get("X-Forwarded-Host"), r.Header.Get("X-Forwarded-Uri")
		if host == "" {
			return ""
		}
		proto := r.Header.Get("X-Forwarded-Proto")
		if proto == "" {
			proto = "https"
		}
		text = proto + "://" + host + "/" + strings.TrimPrefix(path, "/")
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > maxAsked || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
