package store

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"usher/internal/fault"
)

// Fault translates an error of a store for a client. nil and faults stay as they are.
// An error that the request or this program has caused stays as it is too: a
// duplicate or missing document, or a mistake in a command or script. Every other
// error of a store is the store's failure and becomes fault.Unavailable. An error
// that comes from no store stays as it is, because it is a bug.
func Fault(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case unreachable(err), refusedByRedis(err), refusedByMongo(err):
		return fault.Wrap(fault.Unavailable, err, "a store does not answer; nothing is lost, try again")
	}
	return err
}

// unreachable reports whether a request did not reach the store, or got no answer.
func unreachable(err error) bool {
	var (
		network     net.Error
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		alert       tls.AlertError
		connection  topology.ConnectionError
		selection   topology.ServerSelectionError
		queue       topology.WaitQueueTimeoutError
		cleared     driver.RetryablePoolError // a pool that was emptied after another's failure
		credentials *auth.Error
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrClosed),
		errors.Is(err, mongo.ErrClientDisconnected),
		mongo.IsTimeout(err), mongo.IsNetworkError(err),
		errors.As(err, &network), errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert),
		errors.As(err, &connection), errors.As(err, &selection), errors.As(err, &queue), errors.As(err, &cleared), errors.As(err, &credentials):
		return true
	}
	return false
}

// ours are parts of the replies of Redis to a mistake of this program.
var ours = []string{
	"WRONGTYPE", "CROSSSLOT", "EXECABORT", "ERR syntax error", "ERR wrong number of arguments", "ERR value is not",
	"ERR index out of range", "ERR Error compiling script", "ERR Error running script", "ERR user_script", "user_script:",
}

// theirs are parts of the reply to a script that failed because of the server's state
// or settings, and not because of its own mistake.
var theirs = []string{
	"NOPERM", "ACL failure", "can't run this command", "OOM", "READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN",
	"NOREPLICAS", "BUSY", "Script killed", "max memory", "maxmemory", "read only replica",
}

// refusedByRedis reports whether Redis, or its client, refused a right command because
// of the server's state, its settings or the user's rights.
func refusedByRedis(err error) bool {
	if errors.Is(err, redis.Nil) || errors.Is(err, redis.TxFailedErr) {
		return false
	}
	var reply redis.Error // anywhere in the chain: callers wrap the reply
	if !errors.As(err, &reply) {
		for ; err != nil; err = errors.Unwrap(err) { // of the client: no Sentinel, no node of a cluster
			if strings.HasPrefix(err.Error(), "redis: ") {
				return true
			}
		}
		return false
	}
	text := reply.Error()
	in := func(part string) bool { return strings.Contains(text, part) }
	return slices.ContainsFunc(theirs, in) || !slices.ContainsFunc(ours, in)
}

// mongoOurs are the error codes of MongoDB that the request or this program has
// caused.
var mongoOurs = []int{
	2,            // BadValue
	9,            // FailedToParse
	14,           // TypeMismatch
	28,           // PathNotViable
	40,           // ConflictingUpdateOperators
	52,           // DollarPrefixedFieldName
	56,           // EmptyFieldName
	57,           // DottedFieldName
	66,           // ImmutableField
	121,          // DocumentValidationFailure
	10334,        // BSONObjectTooLarge
	11000,        // DuplicateKey
	11001, 12582, // DuplicateKey, of older servers
	17419, // a document that grew too large
}

// refusedByMongo reports whether MongoDB refused a right command.
func refusedByMongo(err error) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return false
	}
	if server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("TransientTransactionError") {
		return true
	}
	codes := server.ErrorCodes()
	return len(codes) == 0 || slices.ContainsFunc(codes, func(code int) bool { return !slices.Contains(mongoOurs, code) })
}
