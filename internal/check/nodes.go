package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/internal/wire"
)

// nodesRunning counts the nodes and the sockets that they take together.
func nodesRunning(_ context.Context, v *view) []wire.CheckLine {
	const name = "nodes"
	nodes, err := v.nodes()
	if err != nil {
		return []wire.CheckLine{unseen(name, "which nodes run", err)}
	}
	if len(nodes) == 0 {
		return []wire.CheckLine{warn(name, "Start the nodes, and check again.", "No node runs.")}
	}
	var lines []wire.CheckLine
	versions := map[string]bool{}
	room, bounded := 0, true
	for _, node := range nodes {
		if node.Known {
			versions[node.Version] = true
		}
		room += node.Sockets
		bounded = bounded && node.Known && node.Sockets > 0
	}
	if len(versions) > 1 {
		lines = append(lines, warn(name, "Upgrade every node.", "Nodes of several versions run: %s.", strings.Join(sorted(versions), ", ")))
	}
	if len(nodes) == 1 {
		lines = append(lines, warn(name, "Start a second node.", "One node runs: while it restarts no fan has a connection."))
	}
	fans, given := v.fans()
	switch {
	case !bounded:
	case fans > room && given:
		lines = append(lines, fail(name, "Start more nodes, or raise their file descriptors and --max-sockets.", "%s %d sockets together, and %d fans are expected.", counted(len(nodes), "node takes", "nodes take"), room, fans))
	case fans > room:
		lines = append(lines, warn(name, "Start more nodes, or say by --fans how many fans are expected.", "%s %d sockets together, and ten fans for each seat are %d.", counted(len(nodes), "node takes", "nodes take"), room, fans))
	case len(lines) == 0:
		lines = append(lines, good(name, "%s %d sockets together.", counted(len(nodes), "node takes", "nodes take"), room))
	}
	if len(lines) == 0 {
		lines = append(lines, good(name, "%s.", counted(len(nodes), "node runs", "nodes run")))
	}
	return lines
}

// openFiles compares the sockets that a node takes with the files that it may open.
func openFiles(_ context.Context, v *view) []wire.CheckLine {
	const name = "open-files"
	type process struct {
		who            string
		files, sockets int
	}
	all := []process{{"A node with these options on this machine", v.Files, v.Sockets}}
	if nodes, err := v.nodes(); err == nil {
		for _, node := range nodes {
			if node.Known {
				all = append(all, process{"Node " + node.ID, node.Files, node.Sockets})
			}
		}
	}
	var lines []wire.CheckLine
	do := "Raise the limit (LimitNOFILE, ulimit -n), or lower --max-sockets."
	for _, p := range all {
		switch {
		case p.files == 0:
			lines = append(lines, warn(name, "Look at it by other means.", "Not looked at: %s does not know how many files it may open.", lower(p.who)))
		case p.sockets > p.files:
			lines = append(lines, fail(name, do, "%s takes %d sockets and may open %d files.", p.who, p.sockets, p.files))
		case p.sockets > p.files/10*9:
			lines = append(lines, warn(name, do, "%s takes %d sockets and may open %d files, which leaves too few for the stores and for plain requests.", p.who, p.sockets, p.files))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, good(name, "A node takes %d sockets and may open %d files.", v.Sockets, v.Files))
	}
	return lines
}

func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }

func sorted(set map[string]bool) []string {
	var all []string
	for text := range set {
		all = append(all, fmt.Sprintf("%q", text))
	}
	slices.Sort(all)
	return all
}
