package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
)

// row is one line of the table. A goal of 0 is none; least: the figure should be
// at least the goal.
type row struct {
	what                   string
	goal, node, hub, plain float64
	least                  bool
	digits                 int
}

func rowsOf(p plan, node, hub, plain figures) []row {
	const kib = 1 << 10
	return []row{
		{what: "resident a waiting socket, just joined, KiB", goal: 10, node: node.resident / kib, hub: hub.resident / kib, plain: plain.resident / kib, digits: 2},
		{what: fmt.Sprintf("… %v later, KiB", p.idle), goal: 8, node: node.later / kib, hub: hub.later / kib, plain: plain.later / kib, digits: 2},
		{what: "a connect, µs of the server", goal: 130, node: node.connectCPU, hub: hub.connectCPU, plain: plain.connectCPU, digits: 1},
		{what: "connects a second", goal: 6000, node: node.connect, hub: hub.connect, plain: plain.connect, least: true},
		{what: "a connect, µs of Redis", goal: 25, node: node.connectRedis, digits: 1},
		{what: "a join over the socket, µs", goal: 40, node: node.join, digits: 1},
		{what: "… of Redis, µs", node: node.joinRedis, digits: 1},
		{what: "idle, µs a socket and second", goal: 0.7, node: node.idle, hub: hub.idle, plain: plain.idle, digits: 2},
		{what: "a position pushed, µs", goal: 8, node: node.push, hub: hub.push, plain: plain.push, digits: 1},
		{what: "one public change told to all, µs a socket", goal: 6, node: node.tell, hub: hub.tell, plain: plain.tell, digits: 1},
		{what: fmt.Sprintf("leave → the next turn, p50 of %d, ms", p.turns), goal: 1.5, node: node.turnP50, digits: 2},
		{what: "… p99, ms", goal: 10, node: node.turnP99, digits: 2},
		{what: "all cut at once, until all are back, s", goal: 4, node: node.storm, hub: hub.storm, plain: plain.storm, digits: 2},
		{what: "… µs of the server a socket", node: node.stormCPU, hub: hub.stormCPU, plain: plain.stormCPU, digits: 1},
		{what: "the crowd itself: a connect, µs", node: node.crowdCPU, hub: hub.crowdCPU, plain: plain.crowdCPU, digits: 1},
		{what: "… resident a socket, all in all, KiB", node: node.crowdRSS / kib, hub: hub.crowdRSS / kib, plain: plain.crowdRSS / kib, digits: 2},
	}
}

// about names the machine and the size of the run.
func about(p plan) string {
	return fmt.Sprintf("%s, %d cores, %s, load %s: %d sockets", cpuModel(), runtime.NumCPU(), runtime.Version(), load(), p.sockets)
}

// table prints goal, figure, their ratio (1 or less reaches the goal), and the
// same of the servers beside.
func table(about string, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", about)
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "what\tgoal\tnode\tof goal\thub\tplain\tnode : hub\tnode : plain\t")
	for _, r := range rows {
		of := ""
		switch {
		case r.goal > 0 && r.node > 0 && r.least:
			of = fmt.Sprintf("%.2f", r.goal/r.node)
		case r.goal > 0 && r.node > 0:
			of = fmt.Sprintf("%.2f", r.node/r.goal)
		}
		number := func(n float64) string {
			if n == 0 {
				return "–"
			}
			return fmt.Sprintf("%.*f", r.digits, n)
		}
		goal := "–"
		if r.goal > 0 {
			goal = map[bool]string{true: "≥ ", false: "≤ "}[r.least] + fmt.Sprintf("%g", r.goal)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.what, goal, number(r.node), of, number(r.hub), number(r.plain), ratio(r.node, r.hub), ratio(r.node, r.plain))
	}
	_ = t.Flush()
	return b.String()
}

func ratio(a, b float64) string {
	if a <= 0 || b <= 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", a/b)
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Fields(string(text))[0]
}

// top prints what costs most in a profile, where there is a go command: first by
// what runs, then by the parts of a connect that it runs for.
func top(ctx context.Context, p plan, file string) {
	for _, by := range [][]string{
		{"-nodecount=10"},
		{"-nodecount=24", "-cum", `-show=^usher/|ed25519.Verify$|jwt/v5.ParseWithClaims|cmdable|\(\*Script\).Run|websocket.Accept`},
	} {
		args := append(append([]string{"tool", "pprof", "-top"}, by...), filepath.Join(p.out, file))
		out, err := exec.CommandContext(ctx, "go", args...).Output()
		if err != nil {
			return
		}
		fmt.Printf("\nWhat a connect costs most (%s %s):\n", file, strings.Join(by, " "))
		lines := bufio.NewScanner(bytes.NewReader(out))
		for table := false; lines.Scan(); {
			if table = table || strings.Contains(lines.Text(), "flat%"); table {
				fmt.Println("  " + lines.Text())
			}
		}
	}
}
