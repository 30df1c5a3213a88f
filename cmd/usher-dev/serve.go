package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"usher/booking"
	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/embedded"
)

const serveUsage = `usher-dev

Runs the whole server on embedded stores: a demo season, a local sign-in instead
of Google, sandbox payments. Open the URL it prints in a window and in a private
window: two windows of one kind share a session, and are one fan.

It serves this machine only, for it lets anybody in as anybody. --listen :8080
with --public-url serves a network that you trust.`

// greeting says where to begin; it takes the URL and the folder.
const greeting = `
  fan    %[1]s/        "Continue with Google", then "Fan 1"; a second fan in a private window
  admin  %[1]s/admin   likewise, then "Admin"
  staff  %[1]s/gate    likewise, then "Staff"

A window and a private window are two people; two windows of one kind share a session.
Everything lies in %[2]s.
`

// gather is how long a lost line gathers here: nobody wants to wait at a desk.
const gather = 3 * time.Second

func serve(ctx context.Context, args []string) error {
	o := app.Defaults()
	o.Season = "demo"
	o.Listen = "127.0.0.1:8080"
	o.LimitSignIn, o.LimitRequests, o.LimitUpgrades, o.LimitDeclines, o.LimitRefunds = 0, 0, 0, 0, 0
	o.AdminEmails, o.StaffEmails = []string{dev.AdminEmail}, []string{dev.StaffEmail}
	o.GoogleClientID, o.GoogleClientSecret = dev.ClientID, dev.ClientSecret
	o.OIDCIssuer = "" // the local one, unless another is named
	o.Payments = app.PaySandbox
	o.OpsFallback, o.DevSignIn, o.Gather = true, true, gather

	flags := app.NewFlagSet("usher-dev", serveUsage)
	data := flags.String("data", "", "`folder` to keep everything in (default: a temporary one)")
	house := dev.DefaultHouse()
	flags.IntVar(&house.Seats, "seats", house.Seats, "how many seats the demo season has")
	flags.IntVar(&house.ActiveLimit, "active-limit", house.ActiveLimit, "how many users may be active at once")
	flags.DurationVar(&house.TurnWindow, "turn-window", house.TurnWindow, "how long a turn waits for its user")
	flags.DurationVar(&house.Lease, "lease", house.Lease, "how long an active user may be silent")
	flags.DurationVar(&house.Session, "session", house.Session, "how long a user may stay active")
	flags.DurationVar(&house.Hold, "hold", house.Hold, "how long a cart lives")
	flags.IntVar(&house.MaxSeats, "max-seats", house.MaxSeats, "seats a user may hold and buy")
	o.Flags(flags)
	parse := flags.ParseOrExplain(args, 0)
	if app.IsHelp(parse) {
		return parse
	}

	house.Asked = func(setting string) bool { return flags.Changed(flagOf(setting)) }
	folder, remove, err := dataFolder(*data)
	if err != nil {
		return err
	}
	defer remove()
	key, err := dev.SigningKey(folder)
	if err != nil {
		return err
	}
	ticketKey, err := dev.TicketKey(folder)
	if err != nil {
		return err
	}
	// Tickets of a folder from before it had a ticket key are signed by the other.
	o.SigningKeys, o.TicketKeys = []string{key}, []string{ticketKey, key}
	kept := embedded.Options{MongoDir: filepath.Join(folder, "mongo")}
	if *data != "" {
		kept.RedisFile = filepath.Join(folder, "redis.snapshot")
	}
	stores, err := embedded.Start(kept)
	if err != nil {
		return err
	}
	defer stores.Stop()
	o.RedisURLs, o.MongoURL = []string{stores.RedisURL}, stores.MongoURL
	if o.OIDCIssuer == "" {
		o.Realm = "usher-dev" // the address may be another after a restart, the people are the same
		o.Issuer = func(publicURL string) string { return publicURL + dev.ProviderPath }
		o.Mount = func(publicURL string) (map[string]http.Handler, error) {
			provider, err := dev.NewProvider(dev.ProviderOptions{
				Issuer: publicURL + dev.ProviderPath, ClientID: o.GoogleClientID, ClientSecret: o.GoogleClientSecret,
			})
			return map[string]http.Handler{dev.ProviderPath: provider}, err
		}
	}
	o.Seed = func(ctx context.Context, b *booking.Booking) error {
		return dev.Seed(ctx, b, o.Season, house)
	}
	node, err := app.NewFrom(o, parse)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, greeting, node.URL(), folder)
	return node.Run(ctx)
}

// flagOf is the flag of a season's setting: active-limit for activeLimit.
func flagOf(setting string) string {
	var flag strings.Builder
	for _, r := range setting {
		if unicode.IsUpper(r) {
			flag.WriteByte('-')
		}
		flag.WriteRune(unicode.ToLower(r))
	}
	return flag.String()
}

// dataFolder returns the folder everything is kept in and what to do with it at
// the end: a temporary one goes.
func dataFolder(data string) (folder string, remove func(), err error) {
	if data != "" {
		return data, func() {}, os.MkdirAll(data, 0o700)
	}
	folder, err = os.MkdirTemp("", "usher-dev-")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}
