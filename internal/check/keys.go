package check

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"

	"usher/internal/keys"
	"usher/internal/wire"
)

// keyFiles looks at who may read the private keys.
func keyFiles(_ context.Context, v *view) (lines []wire.CheckLine) {
	const name = "key-files"
	if len(v.TicketKeys) == 0 {
		lines = append(lines, warn(name, "Make a key for tickets: docs/operating.md says how.", "--ticket-key is missing: the keys for sessions sign tickets too."))
	}
	for _, path := range slices.Concat(v.SigningKeys, v.TicketKeys) {
		if _, err := keys.Load(path); err != nil {
			lines = append(lines, fail(name, "Give the path of a PKCS#8 PEM Ed25519 key that this user can read.", "A key cannot be used. %s", sentence(err)))
			continue
		}
		if runtime.GOOS == "windows" {
			lines = append(lines, warn(name, "Look at the file's access control list.", "Not looked at: who may read %s.", path))
			continue
		}
		file, err := os.Stat(path)
		if err != nil {
			lines = append(lines, unseen(name, "who may read "+path, err))
			continue
		}
		switch mode := file.Mode().Perm(); {
		case mode&0o022 != 0:
			lines = append(lines, fail(name, "Make a new key, and chmod 600 it.", "Others may replace the key %s (its mode is %o).", path, mode))
		case mode&0o004 != 0:
			lines = append(lines, fail(name, "chmod 600 it, and make a new key if others have used this machine.", "Every user of this machine can read %s (its mode is %o), and so sign in as anyone and make tickets.", path, mode))
		case mode&0o040 != 0:
			lines = append(lines, warn(name, "chmod 600 it, unless the group is Usher's own.", "The group of %s can read it (its mode is %o).", path, mode))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, good(name, "Only their owner can read the keys."))
	}
	return lines
}

// sameKeys compares the given keys with those of every running node.
func sameKeys(_ context.Context, v *view) []wire.CheckLine {
	const name = "keys"
	ticketKeys := v.TicketKeys
	if len(ticketKeys) == 0 {
		ticketKeys = v.SigningKeys
	}
	sessions, err := keys.Load(v.SigningKeys...)
	if err == nil {
		var tickets *keys.Ring
		if tickets, err = keys.Load(ticketKeys...); err == nil {
			return compareKeys(v, name, sessions.For(keys.Session).IDs(), tickets.For(keys.Ticket).IDs())
		}
	}
	return []wire.CheckLine{unseen(name, "whether the running nodes have the same keys", err)}
}

func compareKeys(v *view, name string, sessions, tickets []string) (lines []wire.CheckLine) {
	nodes, err := v.nodes()
	if err != nil {
		return []wire.CheckLine{unseen(name, "whether the running nodes have the same keys", err)}
	}
	if len(nodes) == 0 {
		return []wire.CheckLine{warn(name, "Start the nodes, and check again.", "Not looked at: no node runs, so there are no keys to compare.")}
	}
	for _, node := range nodes {
		if !node.Known {
			lines = append(lines, warn(name, "Upgrade the node.", "Not looked at: node %s is of a version that does not say which keys it has.", node.ID))
			continue
		}
		for what, pair := range map[string][2][]string{"session": {sessions, node.SigningKeys}, "ticket": {tickets, node.TicketKeys}} {
			lines = append(lines, comparePurpose(name, what, node.ID, pair[0], pair[1])...)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, good(name, "%s the same keys.", counted(len(nodes), "running node has", "running nodes have")))
	}
	slices.SortFunc(lines, func(a, b wire.CheckLine) int { return strings.Compare(a.Found, b.Found) })
	return lines
}

// comparePurpose compares the ids of the keys for one purpose, here and at a node. The
// first signs, all verify.
func comparePurpose(name, what, node string, here, there []string) []wire.CheckLine {
	do := "Give every node the same key files."
	switch {
	case len(there) == 0 || !slices.Contains(here, there[0]):
		return []wire.CheckLine{fail(name, do, "Node %s signs with a %s key that is not among the keys given here.", node, what)}
	case !slices.Contains(there, here[0]):
		return []wire.CheckLine{fail(name, do, "Node %s does not have the %s key that signs here.", node, what)}
	}
	for _, pair := range [][2][]string{{here, there}, {there, here}} {
		for _, id := range pair[0] {
			if !slices.Contains(pair[1], id) {
				return []wire.CheckLine{warn(name, do, "Node %s has other %s keys for verification than given here.", node, what)}
			}
		}
	}
	return nil
}
