package app

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/check"
	"usher/internal/keys"
)

// nodeFacts are what a node says about itself with its heartbeat, so that a check can
// compare the nodes. They are texts and numbers, so that heartbeats can be compared.
type nodeFacts struct {
	SigningKeys string `bson:"signingKeys"` // the ids, with spaces between; the first one signs
	TicketKeys  string `bson:"ticketKeys"`
	MaxSockets  int    `bson:"maxSockets"` // 0: without limit
	Files       int    `bson:"files"`      // how many files the node may open; 0: unknown
	Version     string `bson:"version"`
}

func factsOf(s settled, limit connectionLimit) nodeFacts {
	return nodeFacts{
		SigningKeys: strings.Join(s.keys.For(keys.Session).IDs(), " "),
		TicketKeys:  strings.Join(s.tickets.For(keys.Ticket).IDs(), " "),
		MaxSockets:  limit.sockets, Files: fileLimit(), Version: thisBuild().version,
	}
}

// readBeats reads the heartbeats of all nodes, also of those that ended lately.
func readBeats(ctx context.Context, db *mongo.Database) ([]beat, error) {
	cursor, err := db.Collection("node_beats").Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var all []beat
	return all, cursor.All(ctx, &all)
}

const (
	beatsEvery = identityEvery / 8
	// beatsPatience is how long liveNodes waits for a heartbeat to change. A node of
	// which it has not changed by then has ended, or is too slow to serve.
	beatsPatience = 2*identityEvery + time.Second
)

// liveNodes returns the nodes whose heartbeat changes while it looks, which takes up to
// beatsPatience.
func liveNodes(ctx context.Context, db *mongo.Database) ([]check.Node, error) {
	all, err := readBeats(ctx, db)
	if err != nil {
		return nil, err
	}
	first, live := map[string]int64{}, map[string]check.Node{}
	for _, b := range all {
		first[b.Node] = b.Beats
	}
	late := time.NewTimer(beatsPatience)
	defer late.Stop()
	ticker := time.NewTicker(beatsEvery)
	defer ticker.Stop()
	for waiting := len(all) > 0; waiting; {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-late.C:
			waiting = false
			continue
		case <-ticker.C:
		}
		if all, err = readBeats(ctx, db); err != nil {
			return nil, err
		}
		waiting = false
		for _, b := range all {
			if before, known := first[b.Node]; known && before == b.Beats {
				waiting = true
				continue
			}
			live[b.Node] = check.Node{
				ID: b.Node, Known: b.About.SigningKeys != "",
				SigningKeys: strings.Fields(b.About.SigningKeys), TicketKeys: strings.Fields(b.About.TicketKeys),
				Sockets: b.About.MaxSockets, Files: b.About.Files, Version: b.About.Version,
			}
		}
	}
	nodes := []check.Node{}
	for _, b := range all { // a node that has ended by now is not among them
		if node, found := live[b.Node]; found {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}
