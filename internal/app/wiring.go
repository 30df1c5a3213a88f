package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usher/booking"
	"usher/booking/feed"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/challenge"
	"usher/internal/draw"
	"usher/internal/pass"
	"usher/internal/presale"
	"usher/queue"
	"usher/web"
)

// wire makes auth, booking, queue, hub and web, and passes the events of one to
// the others.
func (a *App) wire(s settled, registry *prometheus.Registry) (err error) {
	issuer := a.o.OIDCIssuer
	if a.o.Issuer != nil {
		issuer = a.o.Issuer(a.url)
	}
	mount := map[string]http.Handler{}
	if a.o.Mount != nil {
		if mount, err = a.o.Mount(a.url); err != nil {
			return err
		}
	}
	providers, buttons, _ := a.o.providers()
	a.auth, err = auth.New(auth.Options{
		Redis: a.stores.Redis, Mongo: a.stores.Mongo, Keys: s.keys,
		Issuer: issuer, Realm: a.o.Realm, ClientID: a.o.GoogleClientID, ClientSecret: a.o.GoogleClientSecret,
		Providers:   providers,
		AdminEmails: a.o.AdminEmails, StaffEmails: a.o.StaffEmails, DeskEmails: a.o.DeskEmails,
		AdminSubjects: a.o.AdminSubs, StaffSubjects: a.o.StaffSubs, DeskSubjects: a.o.DeskSubs,
		Revoked: func(session string) { a.web.SessionRevoked(session) },
		CutOff:  func() { a.web.SessionsCutOff() },
		Logger:  a.logger("auth"),
	})
	if err != nil {
		return err
	}
	provider, err := a.openPayments()
	if err != nil {
		return err
	}
	mailer, err := a.openMail()
	if err != nil {
		return err
	}
	a.booking, err = booking.New(booking.Options{
		Redis: a.stores.Redis, Mongo: a.stores.Mongo, Keys: s.tickets, Node: a.node,
		Provider: provider, PublicURL: a.url,
		Budgets:  booking.Budgets{Declines: a.o.LimitDeclines, Refunds: a.o.LimitRefunds},
		Webhooks: feed.Webhooks{URLs: a.o.FeedURLs, Secrets: a.o.FeedSecrets},
		Mail:     mailer,
		Warn:     a.board.Set,
		Notify:   func(events []booking.Event) { a.web.BookingEvents(events) },
		At:       a.o.FaultPoint,
		Logger:   a.logger("booking"), Registerer: registry, Tracer: a.traces.tracer(),
	})
	if err != nil {
		return err
	}
	var beacon queue.Beacon
	if a.o.BeaconURL != "" {
		beacon = &draw.HTTPBeacon{URL: a.o.BeaconURL}
	}
	a.queue, err = queue.New(queue.Options{
		Redis: a.stores.Redis, Mongo: a.stores.Mongo, Keys: s.keys, Node: a.node,
		Settings: func(ctx context.Context, season string) (queue.Settings, error) {
			found, err := a.booking.Season(ctx, season)
			return web.LineSettings(found), err
		},
		MayOpen: a.identity.mayOpen,
		BeforeEpoch: func(ctx context.Context, season string, epoch int64) error {
			if err := a.auth.Restore(ctx); err != nil {
				return err
			}
			return a.booking.Rebuild(ctx, season, epoch)
		},
		Notify: func(events []queue.Event) { a.web.QueueEvents(events) },
		Gather: a.o.Gather,
		Beacon: beacon,
		Logger: a.logger("queue"), Registerer: registry,
	})
	if err != nil {
		return err
	}
	a.hub = hub.New(hub.Options{
		MaxSockets: a.limit.sockets, Bye: web.Bye, Logger: a.logger("hub"), Registerer: registry,
		Deaf: func(season string) bool { return !a.queue.Hears(season) },
	})
	a.passes = pass.New(pass.Options{
		Keys: s.keys, Mongo: a.stores.Mongo, Logger: a.logger("pass"),
		Active: func(ctx context.Context, season, user string) (time.Time, bool, error) {
			status, err := a.queue.Status(ctx, season, user)
			return status.SessionEndsAt, err == nil && status.State == queue.Active, err
		},
	})
	if a.o.ChallengeVerifyURL != "" {
		a.challenges = challenge.New(challenge.Options{
			URL: a.o.ChallengeVerifyURL, Secret: a.o.ChallengeSecret, FailOpen: a.o.ChallengeFailOpen,
			Logger: a.logger("challenge"), Registerer: registry,
		})
	}
	a.web, err = web.New(web.Options{
		Challenges: a.challenges, Solved: challenge.NewSolved(a.stores.Redis), SignIns: buttons, FirstSignIn: a.o.GoogleClientID != "", ChallengeSiteKey: a.o.ChallengeSiteKey, ChallengeScript: a.o.ChallengeScriptURL,
		Queue: a.queue, Booking: a.booking, Auth: a.auth, Hub: a.hub, Passes: a.passes, Codes: presale.New(presale.Options{Mongo: a.stores.Mongo, Keys: s.keys}), Keys: s.keys, TicketKeys: s.tickets,
		PublicURL: a.url, AllowedOrigins: a.o.AllowedOrigins, TrustedProxies: s.proxies,
		ReturnOrigins: a.o.ReturnOrigins, EmbedOrigins: a.o.EmbedOrigins, CookieDomain: a.o.CookieDomain,
		Season:    a.o.Season,
		ServeAuth: a.hasRole(RoleAuth), ServeTicket: a.hasRole(RoleTicket),
		DevSignIn: a.o.DevSignIn, Payments: a.o.pays(), Sandbox: a.sandbox, PaymentNews: a.paymentNews(),
		LimitSignIn: a.o.LimitSignIn, LimitRequests: a.o.LimitRequests, LimitUpgrades: a.o.LimitUpgrades,
		SeasonChanged: a.applySeason,
		Ready:         a.missing,
		Draining:      a.draining.Load,
		Warn:          a.board,
		Check:         a.check,
		Mount:         mount,
		Logger:        a.logger("web"), Registerer: registry, Tracer: a.traces.tracer(),
	})
	return err
}
