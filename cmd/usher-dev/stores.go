package main

import (
	"context"
	"os"
	"path/filepath"

	"usher/internal/app"
	"usher/internal/dev"
)

const storesUsage = `usher-dev stores

Runs the embedded Redis and MongoDB alone, to point several usher serve at.`

func stores(ctx context.Context, args []string) error {
	o := dev.StoresOptions{RedisListen: "127.0.0.1:6379", MongoListen: "127.0.0.1:27017"}
	var data string
	logging := app.Defaults().Log
	flags := app.NewFlagSet("stores", storesUsage)
	flags.StringVar(&o.RedisListen, "redis-listen", o.RedisListen, "`address` of the Redis; port 0 takes a free one")
	flags.StringVar(&o.MongoListen, "mongo-listen", o.MongoListen, "`address` of the MongoDB; port 0 takes a free one")
	flags.StringVar(&data, "data", "", "`folder` to keep both in (default: a temporary one)")
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
	started, err := dev.StartStores(o)
	if err != nil {
		return err
	}
	defer started.Stop()
	log := logging.New(os.Stderr)
	log.Info("listening: start nodes with --redis-url "+started.RedisURL+" --mongo-url "+started.MongoURL,
		"redis", started.RedisURL, "mongo", started.MongoURL)
	<-ctx.Done()
	log.Info("stopped")
	return nil
}
