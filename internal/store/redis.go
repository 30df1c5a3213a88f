package store

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisTimeout is the timeout of a dial and of one attempt at a command.
const redisTimeout = 1500 * time.Millisecond

// redisTarget is the content of the URLs.
type redisTarget struct {
	addresses      []string
	network        string // tcp or unix
	username       string
	password       string
	database       int
	poolSize       int
	master         string // the master that Sentinel watches; the addresses are Sentinels'; "": no Sentinel
	sentinelUser   string
	sentinelPass   string
	cluster        bool
	tls            *tls.Config // nil: plain
	fixedTLSServer bool        // ServerName was given; else it is the host of each server
}

func openRedis(urls []string, ca string) (redis.UniversalClient, error) {
	target, err := parseRedisURLs(urls, ca)
	if err != nil {
		return nil, fmt.Errorf("redis URL %w", err)
	}
	link := &redisLink{target: target, breakers: newBreakers("redis")}
	switch {
	case target.master != "":
		return link.openFailover(), nil
	case target.cluster:
		return link.openCluster(), nil
	}
	client := link.openOne()
	if link.isCluster(client) {
		_ = client.Close() // it was opened only to ask whether there is a cluster
		return link.openCluster(), nil
	}
	return client, nil
}

// parseRedisURLs parses the URLs. Besides the parameters of go-redis they may have
// ?master_name=, ?sentinel_username=, ?sentinel_password=, ?cluster=true, ?ca= and
// ?tls_server_name=.
func parseRedisURLs(urls []string, ca string) (redisTarget, error) {
	var t redisTarget
	if len(urls) == 0 {
		return t, errors.New("no Redis URL")
	}
	for i, text := range urls {
		u, err := readRedisURL(text)
		if err != nil {
			return t, numbered(err, i, len(urls))
		}
		query := u.Query()
		take := func(name string) string {
			value := query.Get(name)
			query.Del(name)
			return value
		}
		master, sentinelUser, sentinelPass := take("master_name"), take("sentinel_username"), take("sentinel_password")
		cluster, file, serverName := take("cluster"), take("ca"), take("tls_server_name")
		if cluster != "" && cluster != "true" && cluster != "false" {
			return t, numbered(errors.New("has a ?cluster= that is neither true nor false"), i, len(urls))
		}
		u.RawQuery = query.Encode()
		parsed, err := parseRedisURL(text, u)
		if err != nil {
			return t, numbered(err, i, len(urls))
		}
		t.addresses = append(t.addresses, parsed.Addr)
		t.network = parsed.Network
		t.username, t.password, t.database = parsed.Username, parsed.Password, parsed.DB
		if parsed.PoolSize > 0 {
			t.poolSize = parsed.PoolSize
		}
		t.master = master
		t.sentinelUser, t.sentinelPass = sentinelUser, sentinelPass
		if sentinelUser == "" && sentinelPass == "" {
			t.sentinelUser, t.sentinelPass = parsed.Username, parsed.Password
		}
		t.cluster = t.cluster || cluster == "true"
		t.tls = parsed.TLSConfig
		if t.tls == nil {
			continue
		}
		if t.fixedTLSServer = serverName != ""; t.fixedTLSServer {
			t.tls.ServerName = serverName
		}
		if file == "" {
			file = ca
		}
		if file != "" {
			if t.tls.RootCAs, err = readAuthorities(file); err != nil {
				return t, err
			}
		}
	}
	// Several servers are a cluster, unless they are Sentinels, which watch one master.
	t.cluster = t.master == "" && (t.cluster || len(urls) > 1)
	if t.cluster && t.database != 0 {
		return t, fmt.Errorf("names database %d of a cluster, which has database 0 only", t.database)
	}
	return t, nil
}

func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("names a file of certificate authorities that cannot be read: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		return nil, fmt.Errorf("names the certificate authorities %s, a file without a PEM certificate", path)
	}
	return pool, nil
}

// redisLink opens the clients of a target, with a breaker for each server.
type redisLink struct {
	target   redisTarget
	breakers *breakers
	latest   atomic.Pointer[breaker] // of the server dialed last, Sentinels aside
}

// dial connects to a server. With TLS the certificate must be for the host that was
// dialed, because each server of a cluster has a certificate of its own.
func (l *redisLink) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if l.target.network == "unix" {
		network = "unix"
	}
	b := l.breakers.of(address)
	if l.target.master == "" || !slices.Contains(l.target.addresses, address) {
		l.latest.Store(b)
	}
	conn, err := b.dial(ctx, (&net.Dialer{Timeout: redisTimeout}).DialContext, network, address)
	if err != nil || l.target.tls == nil {
		return conn, err
	}
	config := l.target.tls.Clone()
	if host, _, err := net.SplitHostPort(address); err == nil && !l.target.fixedTLSServer {
		config.ServerName = host
	}
	encrypted := tls.Client(conn, config)
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	if err := encrypted.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return encrypted, nil
}

// universal are the options that all kinds of clients have in common.
func (l *redisLink) universal() *redis.UniversalOptions {
	t := l.target
	return &redis.UniversalOptions{
		Addrs: t.addresses, Username: t.username, Password: t.password, DB: t.database,
		MasterName: t.master, SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPass,
		Dialer:                l.dial, // which does TLS too
		PoolSize:              t.poolSize,
		ContextTimeoutEnabled: true, // without it a context's deadline is ignored
		DialTimeout:           redisTimeout,
		DialerRetries:         1, // fail at once if a server does not answer
		ReadTimeout:           redisTimeout,
		WriteTimeout:          redisTimeout,
		PoolTimeout:           redisTimeout,
		MaxRetries:            1, // every script may run twice
	}
}

func (l *redisLink) openOne() *redis.Client {
	client := redis.NewClient(l.universal().Simple())
	client.AddHook(gate{func() *breaker { return l.breakers.of(l.target.addresses[0]) }})
	return client
}

func (l *redisLink) openFailover() *redis.Client {
	client := redis.NewFailoverClient(l.universal().Failover())
	client.AddHook(gate{l.latest.Load})
	return client
}

func (l *redisLink) openCluster() *redis.ClusterClient {
	client := redis.NewClusterClient(l.universal().Cluster())
	client.OnNewNode(func(node *redis.Client) {
		address := node.Options().Addr
		node.AddHook(gate{func() *breaker { return l.breakers.of(address) }})
	})
	return client
}

// isCluster asks a server whether it belongs to a cluster. A server that does not
// answer, or refuses the question, counts as a single server.
func (l *redisLink) isCluster(client *redis.Client) bool {
	if l.target.network == "unix" || l.target.database != 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(probing(context.Background()), redisTimeout)
	defer cancel()
	if info, err := client.Info(ctx, "cluster").Result(); err == nil {
		return strings.Contains(info, "cluster_enabled:1")
	}
	hello, err := client.Do(ctx, "HELLO", "3").Result()
	said, _ := hello.(map[any]any)
	return err == nil && said["mode"] == "cluster"
}

// gate refuses calls while the breaker of their server is open.
type gate struct{ breaker func() *breaker }

func (g gate) admit(ctx context.Context) (context.Context, error) {
	if b := g.breaker(); b != nil {
		return b.admit(ctx)
	}
	return ctx, nil
}

// DialHook implements redis.Hook.
func (gate) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (g gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		ctx, err := g.admit(ctx)
		if err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		ctx, err := g.admit(ctx)
		if err != nil {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
			return err
		}
		return next(ctx, cmds)
	}
}
