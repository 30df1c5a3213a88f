package embedded_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/embedded"
	"usher/internal/testkit"
)

// message is a command as an OP_MSG of the wire protocol.
func message(t *testing.T, command bson.D) []byte {
	t.Helper()
	body, err := bson.Marshal(append(command, bson.E{Key: "$db", Value: "usher"}))
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, n := range []int{21 + len(body), 1, 0, 2013, 0} {
		text = binary.LittleEndian.AppendUint32(text, uint32(n))
	}
	return append(append(text, 0), body...)
}

// readReply reads one whole reply.
func readReply(t *testing.T, conn net.Conn) {
	t.Helper()
	reply := make([]byte, 4)
	if _, err := conn.Read(reply); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, binary.LittleEndian.Uint32(reply)-4)
	for n := 0; n < len(rest); {
		more, err := conn.Read(rest[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += more
	}
}

// openRows is how many results of SQLite queries this process has not closed.
func openRows() int {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 2)
	return strings.Count(all.String(), "database/sql.(*Rows).awaitDone(")
}

// crowded starts stores of the test's own, with 500 documents in "many".
func crowded(t *testing.T) (*embedded.Stores, *mongo.Database) {
	t.Helper()
	stores, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stores.Stop)
	opened, closeAll := open(t, stores)
	t.Cleanup(closeAll)
	var documents []any
	for n := range 500 {
		documents = append(documents, bson.D{{Key: "_id", Value: n}, {Key: "text", Value: strings.Repeat("x", 100)}})
	}
	if _, err := opened.Mongo.Collection("many").InsertMany(patient(t), documents); err != nil {
		t.Fatal(err)
	}
	return stores, opened.Mongo
}

// patient gives operations longer than the two seconds a client usually waits.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// serves checks that the store reads, writes and makes collections.
func serves(t *testing.T, db *mongo.Database) {
	t.Helper()
	testkit.Eventually(t, 30*time.Second, "no result is open", func() bool { return openRows() == 0 })
	ctx := patient(t)
	if n, err := db.Collection("many").CountDocuments(ctx, bson.D{}); err != nil || n != 500 {
		t.Errorf("%d documents of 500: %v", n, err)
	}
	if _, err := db.Collection("new").InsertOne(ctx, bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Error("a document in a new collection:", err)
	}
}

func manyBatches(t *testing.T) []byte {
	return message(t, bson.D{{Key: "find", Value: "many"}, {Key: "batchSize", Value: 10}})
}

// 600 clients that each cut the connection while finds are being answered.
func TestTheEmbeddedMongoDBOutlivesBrokenConnections(t *testing.T) {
	stores, db := crowded(t)
	ping := message(t, bson.D{{Key: "ping", Value: 1}})
	finds := bytes.Repeat(manyBatches(t), 6)
	var clients sync.WaitGroup
	for range 600 {
		clients.Go(func() {
			conn, err := net.Dial("tcp", mongoAddress(stores))
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write(ping)
			_, _ = conn.Read(make([]byte, 1024))
			_, _ = conn.Write(finds)
			time.Sleep(time.Duration(rand.IntN(1200)) * time.Microsecond) // a part of the attack: when the cut comes
			_ = conn.Close()
		})
	}
	clients.Wait()
	serves(t, db)
}

// As many open cursors as FerretDB has connections to SQLite, of clients that
// ask for one more and go: before, none of them ever got or freed one.
func TestOpenCursorsDoNotUseTheEmbeddedMongoDBUp(t *testing.T) {
	stores, db := crowded(t)
	find := manyBatches(t)
	var conns []net.Conn
	for range 25 {
		conn, err := net.Dial("tcp", mongoAddress(stores))
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		for range 4 {
			_, _ = conn.Write(find)
			readReply(t, conn)
		}
	}
	for _, conn := range conns {
		_, _ = conn.Write(find)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	serves(t, db)
}

// FerretDB keeps a connection to SQLite for each statement of an update until
// the last is done.
func TestLongUpdatesDoNotUseTheEmbeddedMongoDBUp(t *testing.T) {
	_, db := crowded(t)
	var writes []mongo.WriteModel
	for n := range 150 {
		writes = append(writes, mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: n}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "seen", Value: true}}}}))
	}
	writes = append(writes, mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: "new"}}).
		SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "seen", Value: true}}}}).SetUpsert(true))
	result, err := db.Collection("many").BulkWrite(patient(t), writes)
	if err != nil {
		t.Fatal(err)
	}
	if result.MatchedCount != 150 || result.ModifiedCount != 150 || result.UpsertedCount != 1 || result.UpsertedIDs[150] != "new" {
		t.Errorf("the result is %+v", result)
	}
	writes[1] = mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: 1}}).SetUpdate(bson.D{{Key: "$inc", Value: bson.D{{Key: "text", Value: 1}}}})
	var refused mongo.BulkWriteException
	if _, err = db.Collection("many").BulkWrite(patient(t), writes); !errors.As(err, &refused) {
		t.Fatal("counting up a text:", err)
	}
	if len(refused.WriteErrors) != 1 || refused.WriteErrors[0].Index != 1 || refused.WriteErrors[0].Code == 0 {
		t.Errorf("the errors are %v", refused.WriteErrors)
	}
}

func TestCursorsOfTheEmbeddedMongoDB(t *testing.T) {
	_, db := crowded(t)
	ctx := patient(t)
	for _, size := range []int32{0, 7, 100, 499, 500, 501} {
		for name, open := range map[string]func() (*mongo.Cursor, error){
			"find": func() (*mongo.Cursor, error) {
				return db.Collection("many").Find(ctx, bson.D{}, options.Find().SetBatchSize(size))
			},
			"aggregate": func() (*mongo.Cursor, error) {
				return db.Collection("many").Aggregate(ctx, mongo.Pipeline{{{Key: "$match", Value: bson.D{}}}}, options.Aggregate().SetBatchSize(size))
			},
		} {
			cursor, err := open()
			if err != nil {
				t.Fatal(err)
			}
			seen := map[int32]bool{}
			for cursor.Next(ctx) {
				seen[cursor.Current.Lookup("_id").Int32()] = true
			}
			if err := cursor.Err(); err != nil || len(seen) != 500 {
				t.Errorf("%s in batches of %d: %d of 500 documents, %v", name, size, len(seen), err)
			}
			if cursor, err = open(); err != nil {
				t.Fatal(err)
			}
			if err := cursor.Close(ctx); err != nil {
				t.Errorf("%s in batches of %d is not closed early: %v", name, size, err)
			}
		}
	}
	if _, err := db.Collection("many").Find(ctx, bson.D{}, options.Find().SetCursorType(options.Tailable)); err == nil {
		t.Error("a tailable cursor, which never ends, was opened")
	}
}

// Each client is one of its own to FerretDB, which knows it by its first hello.
func TestTheEmbeddedMongoDBServesManyClients(t *testing.T) {
	stores, _ := crowded(t)
	for range 60 {
		opened, closeAll := open(t, stores)
		defer closeAll()
		if err := opened.Mongo.Client().Ping(patient(t), nil); err != nil {
			t.Fatal(err)
		}
	}
}
