package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/auth"
	"usher/internal/check"
	"usher/internal/draw"
	"usher/internal/store"
	"usher/internal/wire"
)

// siteTimeout bounds one request to the public URL or to an endpoint of the feed.
const siteTimeout = 5 * time.Second

// Check tries everything that the sale of the options' season needs, with the stores
// and services that a node with these options would use. fans is how many are expected,
// 0 is unknown. Errors: the check could not run.
func Check(ctx context.Context, o Options, fans int) (wire.CheckReport, error) {
	problems := o.checkStores()
	if err := o.Log.check(); err != nil {
		problems = append(problems, err.Error())
	}
	if o.Season == "" {
		problems = append(problems, "--season (USHER_SEASON) is missing")
	}
	if len(problems) > 0 {
		return wire.CheckReport{}, &UsageError{Problems: problems}
	}
	if o.Logger == nil {
		quiet := o.Log
		quiet.Level = "error" // the lines say which store does not answer
		takeLibraryLogs(quiet.New(os.Stderr))
	}
	stores, err := store.Open(o.stores())
	if err != nil {
		return wire.CheckReport{}, err
	}
	defer func() { _ = stores.Close(context.WithoutCancel(ctx)) }() // the report is there already
	b, err := booking.New(booking.Options{Redis: stores.Redis, Mongo: stores.Mongo, Node: nodeID(), Provider: payment.NewSandbox(stores.Mongo)})
	if err != nil {
		return wire.CheckReport{}, err
	}
	target := o.target(stores, b, o.OIDCIssuer)
	target.Season, target.Fans = o.Season, fans
	var wrong *UsageError
	if _, err := o.settle(); errors.As(err, &wrong) {
		target.Problems = wrong.Problems
	}
	if _, p, err := o.provider(stores.Mongo, nil); err == nil && p != nil {
		defer p.Disconnect()
		target.Pay = p.Try
	}
	report := check.Run(ctx, target)
	return report, ctx.Err()
}

// check is Check on a running node, for the admin page.
func (a *App) check(ctx context.Context, season string, fans int) wire.CheckReport {
	issuer := a.o.OIDCIssuer
	if a.o.Issuer != nil {
		issuer = a.o.Issuer(a.url)
	}
	target := a.o.target(a.stores, a.booking, issuer)
	target.Season, target.Fans = season, fans
	if a.stripe != nil {
		target.Pay = a.stripe.Try
	}
	return check.Run(ctx, target)
}

// target is what a check of a node with these options looks at.
func (o *Options) target(stores *store.Stores, b *booking.Booking, issuer string) check.Target {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // a check asks once
	t := check.Target{
		Redis: stores.Redis, Mongo: stores.Mongo,
		Rights: func(ctx context.Context) ([]string, error) { return stores.Rights(ctx, redisNeeds(nodeID())) },
		Same: func(ctx context.Context) (bool, error) {
			err := checkForCommand(ctx, stores)
			if errors.Is(err, errOtherRedis) {
				return false, nil
			}
			return err == nil, err
		},
		Nodes:       func(ctx context.Context) ([]check.Node, error) { return liveNodes(ctx, stores.Mongo) },
		SigningKeys: o.SigningKeys, TicketKeys: o.TicketKeys,
		PublicURL: o.PublicURL,
		Client: &http.Client{
			Transport: transport, Timeout: siteTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		ClientID: cmp.Or(o.GoogleClientID, firstName(o.OIDCProviders)),
		SignIn: func(ctx context.Context) error {
			if o.GoogleClientID != "" {
				if err := auth.TryIssuer(ctx, auth.Options{Issuer: issuer, ClientID: o.GoogleClientID, ClientSecret: o.GoogleClientSecret}); err != nil {
					return err
				}
			}
			others, _, _ := o.providers()
			for _, p := range others {
				if err := auth.TryIssuer(ctx, auth.Options{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret}); err != nil {
					return fmt.Errorf("%s: %w", p.Name, err)
				}
			}
			return nil
		},
		Payments:   o.Payments,
		Challenges: o.ChallengeVerifyURL != "",
		SeasonOf:   b.Season, PlanOf: b.Plan, MissingIndexes: b.MissingIndexes,
		Files: fileLimit(), Sockets: o.connectionLimit(fileLimit()).sockets,
		FeedURLs: o.FeedURLs, Mail: o.tryMail(),
		Waiting: func(ctx context.Context) (int, error) {
			list, err := b.Feed().Undelivered(ctx)
			return len(list), err
		},
		Now: time.Now,
	}
	if o.BeaconURL != "" {
		t.BeaconURL = o.BeaconURL
		source := &draw.HTTPBeacon{URL: o.BeaconURL}
		t.Beacon = func(ctx context.Context) (time.Duration, error) { return source.Late(ctx, time.Now()) }
	}
	return t
}

// firstName returns the name of the first of several providers, "" for none.
func firstName(providers []auth.ProviderOptions) string {
	if len(providers) == 0 {
		return ""
	}
	return providers[0].Name
}
