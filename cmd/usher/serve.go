package main

import (
	"context"
	"os"
	"runtime/debug"

	"usher/internal/app"
)

const serveUsage = `usher serve

Runs one node. It needs Redis and MongoDB, which any number of nodes share.
On SIGTERM it drains: every socket is told when to reconnect, requests and
purchases under way finish, and it exits with 0.`

// gcPercent is Go's GOGC where the environment sets none. A node's heap is its
// sockets: most of it lives long, so collecting twice as often costs little, and
// spares a fifth of the memory.
const gcPercent = 50

func serve(ctx context.Context, args []string) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	o := app.Defaults()
	flags := app.NewFlagSet("serve", serveUsage)
	o.StoreFlags(flags)
	o.KeyFlags(flags)
	o.Flags(flags)
	node, err := app.NewFrom(o, flags.ParseOrExplain(args, 0))
	if err != nil {
		return err
	}
	return node.Run(ctx)
}
