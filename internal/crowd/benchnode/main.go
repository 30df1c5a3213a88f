// Command benchnode measures a whole node: usher serve with Redis and the
// embedded MongoDB, beside the bare hub and a plain coder/websocket handler in
// the same run. make bench-node builds and runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// plan is what the command line asks for.
type plan struct {
	sockets int
	idle    time.Duration
	turns   int
	pushes  int
	window  int
	bin     string
	out     string
	alone   bool
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		if err := serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	p := plan{}
	flags := pflag.NewFlagSet("bench-node", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.IntVar(&p.sockets, "sockets", 10_000, "how many sockets")
	flags.DurationVar(&p.idle, "idle", 60*time.Second, "how long the sockets wait idle before memory is looked at again; 10m is the goal's")
	flags.IntVar(&p.turns, "turns", 300, "how many turns are timed")
	flags.IntVar(&p.pushes, "pushes", 5, "how often every socket is sent a position")
	flags.IntVar(&p.window, "window", 256, "how many sockets connect at once; the storm has eight times as many")
	flags.StringVar(&p.bin, "bin", filepath.Dir(self), "`folder` of usher and usher-dev")
	flags.StringVar(&p.out, "out", filepath.Join(os.TempDir(), "usher-bench-node"), "`folder` for profiles and logs")
	flags.BoolVar(&p.alone, "alone", false, "measure the node alone, without the bare hub and the plain handler beside it")
	if err := flags.Parse(os.Args[1:]); err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "bench-node:", err)
		os.Exit(1)
	}
}

// bench measures the three servers, one after the other, and prints the table.
func bench(ctx context.Context, p plan) error {
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return err
	}
	beside := map[string]figures{}
	kinds := []string{kindPlain, kindHub}
	if p.alone {
		kinds = nil
	}
	for _, kind := range kinds {
		say("%s: %d sockets", kind, p.sockets)
		measured, err := benchBare(ctx, p, kind)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		beside[kind] = measured
	}
	say("a whole node: %d sockets", p.sockets)
	node, err := benchNode(ctx, p)
	if err != nil {
		return fmt.Errorf("the node: %w", err)
	}
	rows := rowsOf(p, node, beside[kindHub], beside[kindPlain])
	fmt.Print(table(about(p), rows))
	fmt.Printf("\nAfter the storm %d of %d fans are not where they were; %d errors. %s\n", node.moved, p.sockets, node.stormErrors, node.stormSaid)
	if !p.alone {
		drawn := chart(fmt.Sprintf("%d sockets on a node of %d cores", p.sockets, runtime.NumCPU()), rows)
		if err := os.WriteFile(filepath.Join(p.out, "bench-node.svg"), []byte(drawn), 0o644); err != nil {
			return err
		}
	}
	top(ctx, p, cpuConnect)
	fmt.Printf("\nProfiles, logs and a chart lie in %s.\n", p.out)
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
