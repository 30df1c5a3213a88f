package embedded

import (
	"net"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// mongoPage is the most bytes of documents in one batch. A batch of one document may
// be longer.
const mongoPage = 8 << 20

// mongoCursor is the rest of a result that was read from FerretDB to its end.
type mongoCursor struct {
	owner     net.Conn // the client that opened the cursor; the cursor ends with this connection
	namespace string
	documents []bson.Raw
}

// take removes and returns the next batch of at most count documents; 0 is as many
// as fit into mongoPage.
func (c *mongoCursor) take(count int) []bson.Raw {
	bytes, n := 0, 0
	for n < len(c.documents) && (count == 0 || n < count) {
		bytes += len(c.documents[n])
		if n > 0 && bytes > mongoPage {
			break
		}
		n++
	}
	batch := append([]bson.Raw{}, c.documents[:n]...) // never nil, which BSON encodes as null
	c.documents = c.documents[n:]
	return batch
}

// more answers a getMore from the cursors kept here.
func (f *mongoFront) more(request mongoMessage, command mongoCommand) (_ mongoMessage, known bool) {
	id, _ := command.body.Lookup("getMore").AsInt64OK()
	count, _ := command.body.Lookup("batchSize").AsInt64OK()
	f.mu.Lock()
	defer f.mu.Unlock()
	c, known := f.cursors[id]
	if !known {
		return nil, false
	}
	next := mongoBatch{NextBatch: c.take(max(int(count), 0)), ID: id, Namespace: c.namespace}
	if len(c.documents) == 0 {
		next.ID = 0
		delete(f.cursors, id)
	}
	return replyTo(request, bson.D{{Key: "cursor", Value: next}, {Key: "ok", Value: 1.0}}), true
}

// kill answers a killCursors: every open cursor is kept here.
func (f *mongoFront) kill(request mongoMessage, command mongoCommand) mongoMessage {
	killed, notFound := []int64{}, []int64{}
	asked, _ := command.body.Lookup("cursors").ArrayOK()
	ids, _ := asked.Values()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, value := range ids {
		id, _ := value.AsInt64OK()
		if _, known := f.cursors[id]; known {
			killed = append(killed, id)
		} else {
			notFound = append(notFound, id)
		}
		delete(f.cursors, id)
	}
	return replyTo(request, bson.D{
		{Key: "cursorsKilled", Value: killed},
		{Key: "cursorsNotFound", Value: notFound},
		{Key: "cursorsAlive", Value: []int64{}},
		{Key: "cursorsUnknown", Value: []int64{}},
		{Key: "ok", Value: 1.0},
	})
}

// updated is the reply to an update.
type updated struct {
	N           int32     `bson:"n"`
	NModified   int32     `bson:"nModified"`
	Upserted    []indexed `bson:"upserted,omitempty"`
	WriteErrors []indexed `bson:"writeErrors,omitempty"`
	OK          float64   `bson:"ok"`
}

// indexed is a part of a reply that names a statement of the command by its index.
type indexed struct {
	Index int32  `bson:"index"`
	Rest  bson.M `bson:",inline"`
}

// updateEach passes the statements of an update on one by one, because FerretDB
// keeps a SQLite connection for each statement until the last is done. Like
// FerretDB it stops at the first statement that fails.
func (f *mongoFront) updateEach(client mongoClient, request mongoMessage, command mongoCommand, statements []bson.Raw) (mongoMessage, error) {
	total := updated{OK: 1}
	for i, statement := range statements {
		reply, err := f.exchange(client, command.with("updates", statement))
		if err != nil {
			return nil, err
		}
		var one updated
		if answer, isCommand := reply.command(); !isCommand || bson.Unmarshal(answer.body, &one) != nil || one.OK != 1 {
			return reply.inReplyTo(request), nil //nolint:nilerr // the client gets FerretDB's reply, which has the error
		}
		total.N += one.N
		total.NModified += one.NModified
		for _, of := range []struct{ from, to *[]indexed }{{&one.Upserted, &total.Upserted}, {&one.WriteErrors, &total.WriteErrors}} {
			for _, entry := range *of.from {
				*of.to = append(*of.to, indexed{Index: int32(i), Rest: entry.Rest})
			}
		}
		if len(one.WriteErrors) > 0 {
			break
		}
	}
	return replyTo(request, total), nil
}
