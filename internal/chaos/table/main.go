// Command table plays the faults of internal/chaos one after the other, shows live how
// far each run is, and prints the table. make chaos starts it.
//
//	table [--long] [--only id,id] [--write] [--list]
//
// It exits with 1 if a fault has cost something that it must not cost, or an audit was
// not clean.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"usher/internal/chaos"
	"usher/internal/testkit"
)

func main() {
	logging.Disable() // of the Redis client, which reports every failed dial
	testing.Init()    // the parts that tests share ask for the flags of tests
	long := flag.Bool("long", false, "more rounds, longer faults, larger crowds")
	only := flag.String("only", "", "the faults to play, by `id`, separated by commas; empty: all")
	write := flag.Bool("write", false, "write the tables into docs/reliability.md and docs/operating.md")
	list := flag.Bool("list", false, "list the faults and play none")
	flag.Parse()
	faults, err := choose(*only)
	if err == nil && *write && *only != "" {
		err = fmt.Errorf("--write writes whole tables: leave out --only %s", *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	if *list {
		for _, f := range faults {
			fmt.Printf("%-14s %s\n", f.ID, f.Name)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(play(ctx, faults, *long, *write))
}

func choose(only string) ([]chaos.Fault, error) {
	if only == "" {
		return chaos.Faults(), nil
	}
	var faults []chaos.Fault
	for _, id := range strings.Split(only, ",") {
		f, ok := chaos.Named(id)
		if !ok {
			return nil, fmt.Errorf("--only %s: there is no such fault; --list lists them", id)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// play plays the faults, prints the table and returns the exit status.
func play(ctx context.Context, faults []chaos.Fault, long, write bool) int {
	began := time.Now()
	defer testkit.Stop()
	shown := newScreen(os.Stderr)
	var rows []row
	for i, f := range faults {
		if ctx.Err() != nil {
			break
		}
		shown.title(fmt.Sprintf("[%d/%d] %s", i+1, len(faults), f.Name))
		r := row{fault: f}
		r.out.Say, r.out.Progress = shown.step, shown.progress
		h := newHost(ctx, f.ID)
		h.run(func() { chaos.Run(h, f, chaos.Form{Long: long}, &r.out) })
		r.failed, r.skipped = h.failures(), h.skipped
		shown.result(r.summary())
		rows = append(rows, r)
	}
	about := aboutRun(long, time.Since(began))
	fmt.Print("\n", table(about, rows))
	status := 0
	for _, r := range rows {
		if len(r.failed) > 0 {
			status = 1
			fmt.Printf("\n%s:\n", r.fault.Name)
			for _, line := range r.failed {
				fmt.Println("  " + line)
			}
		}
	}
	if ctx.Err() != nil {
		return 1
	}
	if write {
		if err := writeTables(about, rows); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			return 1
		}
	}
	return status
}
