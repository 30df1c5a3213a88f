package check

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// The operation codes of MongoDB's wire protocol.
const (
	opReply = 1
	opQuery = 2004 // the driver's first hello
	opMsg   = 2013
)

// fakeMongo answers each command with a fixed document, so that a test can plant
// servers that no test machine has: a replica set, one without a majority, one whose
// clock is wrong.
type fakeMongo struct {
	mu      sync.Mutex
	answers map[string]func() bson.D // by command; guarded by mu
	db      *mongo.Database

	conns sync.WaitGroup
}

func startMongo(t *testing.T) *fakeMongo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	hello := func() bson.D {
		return bson.D{
			{Key: "ok", Value: 1},
			{Key: "isWritablePrimary", Value: true},
			{Key: "setName", Value: "rs"},
			{Key: "me", Value: address},
			{Key: "primary", Value: address},
			{Key: "hosts", Value: bson.A{address, "b:1", "c:1"}},
			{Key: "setVersion", Value: 1},
			{Key: "electionId", Value: bson.ObjectID{11: 1}},
			{Key: "maxWireVersion", Value: 21},
			{Key: "minWireVersion", Value: 0},
			{Key: "maxBsonObjectSize", Value: 16 << 20},
			{Key: "maxMessageSizeBytes", Value: 48 << 20},
			{Key: "maxWriteBatchSize", Value: 1000},
			{Key: "localTime", Value: time.Now()},
		}
	}
	done := func() bson.D { return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 1}} }
	f := &fakeMongo{answers: map[string]func() bson.D{
		"hello": hello, "isMaster": hello, "ismaster": hello, "insert": done, "delete": done,
		"buildInfo": func() bson.D { return bson.D{{Key: "ok", Value: 1}, {Key: "version", Value: "8.0.4"}} },
		"find": func() bson.D {
			return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{
				{Key: "id", Value: int64(0)}, {Key: "ns", Value: "usher.checks"}, {Key: "firstBatch", Value: bson.A{bson.D{{Key: "_id", Value: "x"}}}},
			}}}
		},
		"serverStatus": func() bson.D {
			return bson.D{{Key: "ok", Value: 1}, {Key: "storageEngine", Value: bson.D{{Key: "name", Value: "wiredTiger"}, {Key: "persistent", Value: true}}}}
		},
	}}
	f.conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.conns.Go(func() {
				defer func() { _ = conn.Close() }()
				for f.answer(conn) == nil {
				}
			})
		}
	})
	// Directly: the fake is the only server of its set that exists.
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + address + "/?directConnection=true").
		SetServerSelectionTimeout(200 * time.Millisecond).SetTimeout(2 * time.Second).SetWriteConcern(writeconcern.Majority()))
	if err != nil {
		t.Fatal(err)
	}
	f.db = client.Database("usher")
	t.Cleanup(func() {
		_ = client.Disconnect(t.Context())
		_ = listener.Close()
		f.conns.Wait()
	})
	return f
}

// answerTo returns what answers a command, nil for the usual ok.
func (f *fakeMongo) answerTo(command string) func() bson.D {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answers[command]
}

// answerWith changes what answers a command. The driver's own commands may be under way.
func (f *fakeMongo) answerWith(command string, answer func() bson.D) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[command] = answer
}

// answer reads one command and answers it.
func (f *fakeMongo) answer(conn net.Conn) error {
	var header struct{ Length, ID, To, Code int32 }
	if err := binary.Read(conn, binary.LittleEndian, &header); err != nil {
		return err
	}
	body := make([]byte, header.Length-16)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	var command bson.Raw
	switch header.Code {
	case opMsg:
		command = body[5:] // after the flags and the kind of the section
	case opQuery:
		end := bytes.IndexByte(body[4:], 0) // of the collection's name
		command = body[4+end+1+8:]
	default:
		return errors.New("unknown operation")
	}
	elements, err := command.Elements()
	if len(elements) == 0 {
		return err
	}
	document := bson.D{{Key: "ok", Value: 1}}
	if answer := f.answerTo(elements[0].Key()); answer != nil {
		document = answer()
	}
	text, err := bson.Marshal(document)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	code, before := int32(opMsg), []byte{0, 0, 0, 0, 0}
	if header.Code == opQuery {
		code, before = opReply, append(make([]byte, 16), 1, 0, 0, 0)
	}
	_ = binary.Write(&out, binary.LittleEndian, []int32{int32(16 + len(before) + len(text)), 1, header.ID, code})
	out.Write(before)
	out.Write(text)
	_, err = conn.Write(out.Bytes())
	return err
}
