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

Runs the whole server on embedded stores, with a demo season, a local sign-in
instead of Google, and sandbox payments. Open the URL it prints in a window and in
a private window: these are two fans. Two windows of one kind share a session and
are one fan.

It serves this machine only, because anyone may sign in as any user. To serve a
network that you trust, give --listen :8080 and --public-url.

Two more commands, each with its own --help:
  usher-dev stores     the embedded stores alone, for nodes started by usher serve
  usher-dev simulate   how long will this sale take with these settings?`

// greeting lists the pages to open first, and how usher's commands reach the stores; its
// arguments are the URL, the folder, the addresses of Redis and MongoDB, the payment
// provider and the season.
const greeting = `
  fan    %[1]s/        "Continue with Google", then "Fan 1"; a second fan in a private window
  admin  %[1]s/admin   the same, then "Admin"
  staff  %[1]s/gate    the same, then "Staff"
  desk   %[1]s/desk    the same, then "Desk"

Two ordinary windows share one sign-in; a private window is a second fan.
All data is in %[2]s.

Commands such as usher audit and usher season apply reach these stores, in another terminal, with
  export USHER_REDIS_URL=%[3]s USHER_MONGO_URL=%[4]s USHER_PAYMENTS=%[5]s
  usher audit --season %[6]s

`

// gather is how long a new epoch gathers after a loss of Redis. It is short, because
// a developer watches.
const gather = 3 * time.Second

func serve(ctx context.Context, args []string) error {
	o := app.Defaults()
	o.Season = "demo"
	o.Listen = "127.0.0.1:8080"
	o.LimitSignIn, o.LimitRequests, o.LimitUpgrades, o.LimitDeclines, o.LimitRefunds = 0, 0, 0, 0, 0
	o.AdminEmails, o.StaffEmails, o.DeskEmails = []string{dev.AdminEmail}, []string{dev.StaffEmail}, []string{dev.DeskEmail}
	o.GoogleClientID, o.GoogleClientSecret = dev.ClientID, dev.ClientSecret
	o.OIDCIssuer = "" // the local provider, unless a flag names another issuer
	o.Payments = app.PaySandbox
	o.OpsFallback, o.DevSignIn, o.Gather = true, true, gather

	flags := app.NewFlagSet("usher-dev", serveUsage)
	data := flags.String("data", "", "`folder` for all data (default: a temporary one)")
	demo := dev.DefaultDemo()
	flags.IntVar(&demo.Seats, "seats", demo.Seats, "how many seats the demo season has")
	flags.IntVar(&demo.ActiveLimit, "active-limit", demo.ActiveLimit, "how many users may be active at once")
	flags.DurationVar(&demo.TurnWindow, "turn-window", demo.TurnWindow, "how long a turn waits for its user")
	flags.DurationVar(&demo.Lease, "lease", demo.Lease, "how long an active user may be silent")
	flags.DurationVar(&demo.Session, "session", demo.Session, "how long a user may stay active")
	flags.DurationVar(&demo.Hold, "hold", demo.Hold, "how long a cart lives")
	flags.IntVar(&demo.MaxSeats, "max-seats", demo.MaxSeats, "seats a user may hold and buy")
	o.Flags(flags)
	parse := flags.ParseOrExplain(args, 0)
	if app.IsHelp(parse) {
		return parse
	}

	demo.Asked = func(setting string) bool { return flags.Changed(flagOf(setting)) }
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
	// A folder of an older version has tickets that the signing key has signed.
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
		o.Realm = "usher-dev" // users keep their ids when the address changes with a restart
		o.Issuer = func(publicURL string) string { return publicURL + dev.ProviderPath }
		o.Mount = func(publicURL string) (map[string]http.Handler, error) {
			provider, err := dev.NewProvider(dev.ProviderOptions{
				Issuer: publicURL + dev.ProviderPath, ClientID: o.GoogleClientID, ClientSecret: o.GoogleClientSecret,
			})
			return map[string]http.Handler{dev.ProviderPath: provider}, err
		}
	}
	o.Seed = func(ctx context.Context, b *booking.Booking) error {
		return dev.Seed(ctx, b, o.Season, demo)
	}
	node, err := app.NewFrom(o, parse)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, greeting, node.URL(), folder, stores.RedisURL, stores.MongoURL, o.Payments, o.Season)
	return node.Run(ctx)
}

// flagOf is the name of a setting's flag: active-limit for activeLimit.
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

// dataFolder returns the folder for all data. remove deletes the folder if it is a
// temporary one; call it at the end.
func dataFolder(data string) (folder string, remove func(), err error) {
	if data != "" {
		return data, func() {}, os.MkdirAll(data, 0o700)
	}
	folder, err = os.MkdirTemp("", "usher-dev-")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}
