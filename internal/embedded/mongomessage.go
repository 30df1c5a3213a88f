package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A message of MongoDB's wire protocol: a header of four little-endian 32-bit
// numbers (length, id, the id it replies to, kind), then the content. Commands
// and their replies are of kind opMsg: flags, then sections. See
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
type mongoMessage []byte

const (
	opMsg         = 2013
	headerLength  = 16
	messageLimit  = 48_000_000 + 16<<10 // MongoDB's limit of documents, and room for header and command
	hasChecksum   = 1                   // a flag: the last four bytes are a checksum
	bodySection   = 0                   // one document
	sequence      = 1                   // length, name, documents: an array of the command
	drainedAtOnce = 500                 // documents in one batch from FerretDB
)

// readMessage reads one message.
func readMessage(r io.Reader) (mongoMessage, error) {
	var header [headerLength]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := int32(binary.LittleEndian.Uint32(header[:]))
	if length < headerLength || length > messageLimit {
		return nil, fmt.Errorf("MongoDB message of %d bytes: at most %d are allowed", length, messageLimit)
	}
	m := make(mongoMessage, length)
	copy(m, header[:])
	_, err := io.ReadFull(r, m[headerLength:])
	return m, err
}

// mongoCommand is the content of a message of kind opMsg.
type mongoCommand struct {
	name      string
	body      bson.Raw
	sequences map[string][]bson.Raw
}

// command parses a message of kind opMsg; false: the message is of another kind or
// damaged.
func (m mongoMessage) command() (c mongoCommand, ok bool) {
	if len(m) < headerLength+4 || binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return c, false
	}
	rest := []byte(m[headerLength+4:])
	if binary.LittleEndian.Uint32(m[headerLength:])&hasChecksum != 0 && len(rest) >= 4 {
		rest = rest[:len(rest)-4]
	}
	for len(rest) > 0 {
		kind := rest[0]
		section, after, ok := cut(rest[1:])
		if !ok {
			return c, false
		}
		rest = after
		switch kind {
		case bodySection:
			c.body = bson.Raw(section)
		case sequence:
			name, documents, terminated := strings.Cut(string(section[4:]), "\x00")
			if !terminated {
				return c, false
			}
			for left := []byte(documents); len(left) > 0; {
				var document []byte
				if document, left, ok = cut(left); !ok {
					return c, false
				}
				if c.sequences == nil {
					c.sequences = map[string][]bson.Raw{}
				}
				c.sequences[name] = append(c.sequences[name], document)
			}
		default:
			return c, false
		}
	}
	first, err := c.body.IndexErr(0)
	if err != nil {
		return c, false
	}
	c.name = first.Key()
	return c, true
}

// cut splits off a part that begins with its own length.
func cut(b []byte) (first, rest []byte, ok bool) {
	if len(b) < 5 {
		return nil, nil, false
	}
	length := binary.LittleEndian.Uint32(b)
	if length < 5 || int64(length) > int64(len(b)) {
		return nil, nil, false
	}
	return b[:length], b[length:], true
}

// statements are the documents of one of the command's arrays, which is a field of
// the body or a section of its own.
func (c mongoCommand) statements(array string) []bson.Raw {
	if sent, ok := c.sequences[array]; ok {
		return sent
	}
	inside, _ := c.body.Lookup(array).ArrayOK()
	values, _ := inside.Values()
	documents := make([]bson.Raw, 0, len(values))
	for _, value := range values {
		if document, ok := value.DocumentOK(); ok {
			documents = append(documents, document)
		}
	}
	return documents
}

// with is the command with a single document in one of its arrays.
func (c mongoCommand) with(array string, document bson.Raw) mongoMessage {
	var body bson.D
	elements, _ := c.body.Elements()
	for _, element := range elements {
		if element.Key() != array {
			body = append(body, bson.E{Key: element.Key(), Value: element.Value()})
		}
	}
	m := newMessage(0, body)
	m = append(m, sequence)
	m = binary.LittleEndian.AppendUint32(m, uint32(4+len(array)+1+len(document)))
	m = append(append(m, array...), 0)
	m = append(m, document...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}

// newMessage is a command, or the reply to the message of the given id.
func newMessage(replyTo uint32, content any) mongoMessage {
	m := make(mongoMessage, headerLength+5)
	binary.LittleEndian.PutUint32(m[8:], replyTo)
	binary.LittleEndian.PutUint32(m[12:], opMsg)
	body, err := bson.Marshal(content)
	if err != nil {
		panic(err) // impossible: callers pass documents that BSON can encode
	}
	m = append(m, body...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}

func replyTo(request mongoMessage, content any) mongoMessage {
	return newMessage(binary.LittleEndian.Uint32(request[4:]), content)
}

// inReplyTo makes a reply to another message a reply to request.
func (m mongoMessage) inReplyTo(request mongoMessage) mongoMessage {
	copy(m[8:12], request[4:8])
	return m
}

// mongoBatch is the cursor part of a reply.
type mongoBatch struct {
	NextBatch []bson.Raw `bson:"nextBatch"`
	ID        int64      `bson:"id"`
	Namespace string     `bson:"ns"`
}

// cursor returns the cursor that a reply has left open.
func (m mongoMessage) cursor() (batch mongoBatch, open bool) {
	reply, ok := m.command()
	if !ok {
		return batch, false
	}
	cursor, ok := reply.body.Lookup("cursor").DocumentOK()
	if !ok {
		return batch, false
	}
	batch.ID, _ = cursor.Lookup("id").AsInt64OK()
	batch.Namespace, _ = cursor.Lookup("ns").StringValueOK()
	return batch, batch.ID != 0
}

// batch reads the reply to a getMore.
func (m mongoMessage) batch() (batch mongoBatch, err error) {
	reply, ok := m.command()
	if !ok {
		return batch, errors.New("FerretDB's reply is not of kind OP_MSG")
	}
	cursor, ok := reply.body.Lookup("cursor").DocumentOK()
	if !ok {
		return batch, errors.New("FerretDB's reply has no cursor")
	}
	return batch, bson.Unmarshal(cursor, &batch)
}

// getMore is the command that reads the next documents of a cursor.
func getMore(id int64, namespace string) mongoMessage {
	database, collection, _ := strings.Cut(namespace, ".")
	return newMessage(0, bson.D{
		{Key: "getMore", Value: id},
		{Key: "collection", Value: collection},
		{Key: "batchSize", Value: drainedAtOnce},
		{Key: "$db", Value: database},
	})
}

// killCursor is the command that ends a cursor early.
func killCursor(id int64, namespace string) mongoMessage {
	database, collection, _ := strings.Cut(namespace, ".")
	return newMessage(0, bson.D{
		{Key: "killCursors", Value: collection}, {Key: "cursors", Value: []int64{id}}, {Key: "$db", Value: database},
	})
}
