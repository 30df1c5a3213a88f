package store_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"usher/internal/fault"
	"usher/internal/store"
)

// redisReply is an error that Redis itself answered.
type redisReply string

func (e redisReply) Error() string { return string(e) }
func (redisReply) RedisError()     {}

// clearedPool is an error as the MongoDB client makes it for a request that waits
// for a connection while another's failure empties the pool.
type clearedPool struct{}

func (clearedPool) Error() string {
	return "connection pool was cleared because another operation failed"
}
func (clearedPool) Retryable() bool { return true }

func TestFaultSaysWhatAStoresErrorMeans(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nothing", nil, ""},
		{"a fault", fault.New(fault.SeatTaken, "A-1"), fault.SeatTaken},
		{"a wrapped fault", fmt.Errorf("holding: %w", fault.New(fault.NotAdmitted, "no")), fault.NotAdmitted},
		{"a bug", errors.New("bug"), fault.Internal},
		{"a missing key", redis.Nil, fault.Internal},
		{"a missing document", mongo.ErrNoDocuments, fault.Internal},
		{"a duplicate", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 11000}}}, fault.Internal},
		{"a script's mistake", redisReply("ERR user_script:1: attempt to index a nil value"), fault.Internal},
		{"a document too large", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 10334}}}, fault.Internal},
		{"a lost race", redis.TxFailedErr, fault.Internal},
		{"a wrong type", redisReply("WRONGTYPE Operation against a key holding the wrong kind of value"), fault.Internal},

		{"a deadline", context.DeadlineExceeded, fault.Unavailable},
		{"a caller who hung up", context.Canceled, fault.Unavailable},
		{"a connection that ended", io.EOF, fault.Unavailable},
		{"a connection cut short", fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), fault.Unavailable},
		{"a closed connection", net.ErrClosed, fault.Unavailable},
		{"a refused connection", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, fault.Unavailable},
		{"an unknown host", &net.DNSError{Err: "no such host"}, fault.Unavailable},
		{"a time-out of the system", os.ErrDeadlineExceeded, fault.Unavailable},
		{"a full pool", redis.ErrPoolTimeout, fault.Unavailable},
		{"a closed client", redis.ErrClosed, fault.Unavailable},
		{"Redis loading", redisReply("LOADING Redis is loading the dataset in memory"), fault.Unavailable},
		{"a wrapped reply", fmt.Errorf("holding: %w", redisReply("LOADING Redis is loading")), fault.Unavailable},
		{"a replica", redisReply("READONLY You can't write against a read only replica."), fault.Unavailable},
		{"a replica without its master", redisReply("MASTERDOWN Link with MASTER is down"), fault.Unavailable},
		{"a cluster in parts", redisReply("CLUSTERDOWN The cluster is down"), fault.Unavailable},
		{"a slot that moves", redisReply("TRYAGAIN Multiple keys request during rehashing of slot"), fault.Unavailable},
		{"a script that does not end", redisReply("BUSY Redis is busy running a script"), fault.Unavailable},
		{"a full disk", redisReply("MISCONF Errors writing to the AOF file"), fault.Unavailable},
		{"full memory", redisReply("OOM command not allowed when used memory > 'maxmemory'."), fault.Unavailable},
		{"too few replicas", redisReply("NOREPLICAS Not enough good replicas to write."), fault.Unavailable},
		{"too many clients", redisReply("ERR max number of clients reached"), fault.Unavailable},
		{"a slot that moved again and again", redisReply("MOVED 42 127.0.0.1:7001"), fault.Unavailable},
		{"a disconnected client", mongo.ErrClientDisconnected, fault.Unavailable},
		{"a pool that was emptied", fmt.Errorf("inserting: %w", clearedPool{}), fault.Unavailable},
		{"an election", mongo.CommandError{Code: 10107, Labels: []string{"RetryableWriteError"}}, fault.Unavailable},
		{"a network error of MongoDB", mongo.CommandError{Labels: []string{"NetworkError"}}, fault.Unavailable},
		{"a right that the user lacks", redisReply("NOPERM User app has no permissions to access the 'waiting_list:{s}' key"), fault.Unavailable},
		{"a right that a script lacks", redisReply("ERR ACL failure in script: User app has no permissions to run the 'publish' command script: 1f, on @user_script:9."), fault.Unavailable},
		{"no password", redisReply("NOAUTH Authentication required."), fault.Unavailable},
		{"a wrong password", redisReply("WRONGPASS invalid username-password pair or user is disabled."), fault.Unavailable},
		{"memory that runs out in a script", redisReply("ERR user_script:3: OOM command not allowed when used memory > 'maxmemory'."), fault.Unavailable},
		{"a command that is switched off", redisReply("ERR unknown command 'EVALSHA'"), fault.Unavailable},
		{"a reply of a kind to come", redisReply("FROZEN for maintenance"), fault.Unavailable},
		{"Sentinels that are away", fmt.Errorf("dial: %w", errors.New("redis: all sentinels specified in configuration are unreachable")), fault.Unavailable},
		{"a certificate that is not taken", &tls.CertificateVerificationError{Err: errors.New("unknown authority")}, fault.Unavailable},
		{"an engine whose storage is down", mongo.CommandError{Code: 1, Message: "internal error"}, fault.Unavailable},
		{"an engine's failure at a write", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 1}}}, fault.Unavailable},
		{"a failure beside a duplicate", mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{{WriteError: mongo.WriteError{Code: 11000}}, {WriteError: mongo.WriteError{Code: 8}}}}, fault.Unavailable},
		{"wrong credentials", mongo.CommandError{Code: 18, Name: "AuthenticationFailed"}, fault.Unavailable},
		{"a right that is missing", mongo.CommandError{Code: 13, Name: "Unauthorized"}, fault.Unavailable},
		{"credentials refused at the handshake", topology.ConnectionError{Wrapped: errors.New("auth error")}, fault.Unavailable},
		{"a write that too few members have", mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, fault.Unavailable},
		{"an operation over its time", mongo.CommandError{Code: 50, Name: "MaxTimeMSExpired"}, fault.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := store.Fault(test.err)
			if code := fault.CodeOf(got); code != test.want {
				t.Fatalf("%q, want %q", code, test.want)
			}
			if test.err != nil && !strings.Contains(got.Error(), test.err.Error()) {
				t.Errorf("%v has lost its cause %v", got, test.err)
			}
			if again := store.Fault(got); fault.CodeOf(again) != test.want {
				t.Errorf("a second time it is %v", again)
			}
		})
	}
}
