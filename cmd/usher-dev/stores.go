package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"usher/internal/app"
	"usher/internal/embedded"
)

const storesUsage = `usher-dev stores

Runs the embedded Redis and MongoDB alone. Nodes started by usher serve can share
them.`

func stores(ctx context.Context, args []string) error {
	o := embedded.Options{RedisListen: "127.0.0.1:6379", MongoListen: "127.0.0.1:27017"}
	var data string
	var untilInputEnds bool
	logging := app.Defaults().Log
	flags := app.NewFlagSet("stores", storesUsage)
	flags.StringVar(&o.RedisListen, "redis-listen", o.RedisListen, "`address` of the Redis; port 0 takes a free one")
	flags.StringVar(&o.MongoListen, "mongo-listen", o.MongoListen, "`address` of the MongoDB; port 0 takes a free one")
	flags.StringVar(&data, "data", "", "`folder` for the data of both (default: a temporary one)")
	flags.BoolVar(&untilInputEnds, "until-input-ends", false, "stop when standard input ends, for a program that starts this one")
	logging.Flags(flags)
	if err := flags.ParseOrExplain(args, 0); err != nil {
		return err
	}
	folder, remove, err := dataFolder(data)
	if err != nil {
		return err
	}
	defer remove()
	o.MongoDir = filepath.Join(folder, "mongo")
	if data != "" {
		o.RedisFile = filepath.Join(folder, "redis.snapshot")
	}
	started, err := embedded.Start(o)
	if err != nil {
		return err
	}
	defer started.Stop()
	log := logging.New(os.Stderr)
	log.Info("listening: start nodes with --redis-url "+started.RedisURL+" --mongo-url "+started.MongoURL,
		"redis", started.RedisURL, "mongo", started.MongoURL)
	if untilInputEnds {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	<-ctx.Done()
	log.Info("stopped")
	return nil
}
