package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
)

// Fault says what an error of a store means to a client: a store that does not
// answer, or not now, becomes fault.Unavailable; a fault stays what it is; nil
// stays nil; anything else is returned as it came, for it is a bug.
func Fault(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case unreachable(err):
		return fault.Wrap(fault.Unavailable, err, "a store does not answer; nothing is lost, try again")
	}
	return err
}

// redisNotNow are the replies by which a Redis that lives says it cannot serve
// at the moment.
var redisNotNow = []string{
	"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY", "MISCONF", "OOM", "NOREPLICAS",
	"ERR max number of clients",
}

func unreachable(err error) bool {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrClosed),
		errors.Is(err, mongo.ErrClientDisconnected),
		mongo.IsTimeout(err), mongo.IsNetworkError(err),
		errors.As(err, &network):
		return true
	}
	var reply redis.Error // wherever in the chain: callers say first what they were doing
	if errors.As(err, &reply) {
		for _, prefix := range redisNotNow {
			if strings.HasPrefix(reply.Error(), prefix) {
				return true
			}
		}
	}
	var server mongo.ServerError
	return errors.As(err, &server) && (server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("TransientTransactionError"))
}
