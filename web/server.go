package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/keys"
	"usher/queue"
)

// Options configures a Server.
type Options struct {
	Queue   *queue.Queue
	Booking *booking.Booking
	Auth    *auth.Auth
	Hub     *hub.Hub
	Keys    *keys.Ring

	PublicURL      string         // scheme and host the browser sees, no slash at the end
	AllowedOrigins []string       // beside PublicURL's
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Season         string         // the default season
	ServeAuth      bool           // role auth: /auth/*, /waitingList/*, JWKS
	ServeTicket    bool           // role ticket: seats, holds, transactions, tickets, check-ins
	DevSignIn      bool           // POST /auth/dev
	Sandbox        bool           // the app offers test cards
	LimitSignIn    int            // a minute and address; 0: off
	LimitRequests  int            // a second and session; 0: off
	LimitUpgrades  int            // a minute and session; 0: off

	// SeasonChanged is called after a season's settings were saved.
	SeasonChanged func(ctx context.Context, s booking.Season) error
	// Ready names what is missing for this node to serve (a store, "draining");
	// empty is ready.
	Ready func(ctx context.Context) map[string]error
	// Draining reports whether the node is shutting down: no new sockets.
	Draining func() bool
	// Warnings are shown on the admin page.
	Warnings func() []string
	// Mount is served below its path beside the contract's routes; usher-dev
	// hangs its OpenID provider here.
	Mount map[string]http.Handler

	Logger     *slog.Logger
	Registerer prometheus.Registerer
}
