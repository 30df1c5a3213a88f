package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"usher/internal/store"
	"usher/internal/wire"
)

// probesName is the collection in which a check writes one document and removes it.
const probesName = "checks"

// mongoReachable says whether MongoDB answers, and what survives the loss of a server.
func mongoReachable(ctx context.Context, v *view) []wire.CheckLine {
	const name = "mongo"
	if err := v.mongo(); err != nil {
		return []wire.CheckLine{fail(name, "Start MongoDB, and compare --mongo-url with its address, user and password.", "MongoDB does not answer. %s", sentence(err))}
	}
	var build struct {
		Version string `bson:"version"`
		Ferret  any    `bson:"ferretdb"`
		Ferret1 string `bson:"ferretdbVersion"`
	}
	var hello struct {
		Set   string   `bson:"setName"`
		Hosts []string `bson:"hosts"`
		Msg   string   `bson:"msg"`
	}
	err := v.Mongo.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build)
	if err == nil {
		err = v.Mongo.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	}
	switch {
	case err != nil:
		return []wire.CheckLine{unseen(name, "the version and the servers of MongoDB, which answers", err)}
	case build.Ferret != nil || build.Ferret1 != "":
		return []wire.CheckLine{warn(name, "Sell on MongoDB.", "The embedded MongoDB of usher-dev answers: one process and one disk, for development.")}
	case hello.Msg == "isdbgrid":
		return []wire.CheckLine{good(name, "MongoDB %s answers, a sharded cluster.", build.Version)}
	case hello.Set == "":
		return []wire.CheckLine{warn(name, "Make it a replica set of three servers.", "MongoDB %s is one server: while it is away nothing is sold, and its disk has the only copy of every order.", build.Version)}
	case len(hello.Hosts) < 3:
		return []wire.CheckLine{warn(name, "Make it three servers.", "MongoDB %s is a replica set of %d: without one of them nothing is sold.", build.Version, len(hello.Hosts))}
	}
	return []wire.CheckLine{good(name, "MongoDB %s answers, a replica set of %d.", build.Version, len(hello.Hosts))}
}

// mongoWrites writes a document as orders are written, and reads it as a majority
// has it.
func mongoWrites(ctx context.Context, v *view) []wire.CheckLine {
	const name = "mongo-writes"
	if err := v.mongo(); err != nil {
		return []wire.CheckLine{unseen(name, "whether MongoDB honours the write concern", err)}
	}
	id := "check-" + rand.Text()
	probes := v.Mongo.Collection(probesName)
	result, err := probes.InsertOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "at", Value: store.NowMilli()}})
	defer func() { _, _ = probes.DeleteOne(context.WithoutCancel(ctx), store.ByID(id)) }() // a document that stays harms nothing
	if err == nil && !result.Acknowledged {
		err = errors.New("the write was not acknowledged")
	}
	if err != nil {
		do := "Look at the members of the replica set, and at the rights of Usher's user."
		var concern mongo.WriteException
		if errors.As(err, &concern) && concern.WriteConcernError != nil {
			return []wire.CheckLine{fail(name, do, "MongoDB does not honour the write concern (majority, journal). %s", sentence(concern.WriteConcernError))}
		}
		return []wire.CheckLine{fail(name, do, "MongoDB refuses a write. %s", sentence(err))}
	}
	majority := v.Mongo.Collection(probesName, options.Collection().SetReadConcern(readconcern.Majority()))
	if err := majority.FindOne(ctx, store.ByID(id)).Err(); err != nil {
		return []wire.CheckLine{fail(name, "Look at the members of the replica set.", "MongoDB acknowledged a write that a majority of its servers does not have. %s", sentence(err))}
	}
	var status struct {
		Engine struct {
			Persistent *bool `bson:"persistent"`
		} `bson:"storageEngine"`
	}
	// The right to ask is one of monitoring, which Usher's user need not have.
	err = v.Mongo.Client().Database("admin").RunCommand(ctx, bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status)
	if err == nil && status.Engine.Persistent != nil && !*status.Engine.Persistent {
		return []wire.CheckLine{fail(name, "Use the storage engine WiredTiger.", "MongoDB keeps its data in memory: a restart loses every order.")}
	}
	return []wire.CheckLine{good(name, "MongoDB honours the write concern (majority, journal).")}
}

// mongoIndexes: without its indexes a list of a large sale reads every order.
func mongoIndexes(ctx context.Context, v *view) []wire.CheckLine {
	const name = "mongo-indexes"
	missing, err := v.MissingIndexes(ctx)
	if err != nil {
		return []wire.CheckLine{unseen(name, "the indexes of MongoDB", err)}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return []wire.CheckLine{fail(name, "Start a node, which makes them within seconds; if it does not, give its user the right createIndex.",
			"%s missing: %s.", counted(len(missing), "index is", "indexes are"), strings.Join(missing, ", "))}
	}
	return []wire.CheckLine{good(name, "Every index is there.")}
}

// counted is a number with the right form of a word.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
