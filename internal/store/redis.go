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

// redisTimeout is how long an attempt at a command, and a dial, may wait.
const redisTimeout = 1500 * time.Millisecond

// redisTarget is what the URLs say.
type redisTarget struct {
	addresses      []string
	network        string // tcp or unix
	username       string
	password       string
	database       int
	poolSize       int
	master         string // not "": the addresses are Sentinels'
	sentinelUser   string
	sentinelPass   string
	cluster        bool
	tls            *tls.Config // nil: plain
	fixedTLSServer bool        // ServerName was given; else it is each server's own host
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
		_ = client.Close() // it has been asked one thing
		return link.openCluster(), nil
	}
	return client, nil
}

// parseRedisURLs reads the URLs. Besides what go-redis knows they may have
// ?master_name=, ?sentinel_username=, ?sentinel_password=, ?cluster=true, ?ca=
// and ?tls_server_name=.
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
			return t, numbered(errors.New("has a cluster= that is neither true nor false"), i, len(urls))
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
	// Several servers are a cluster, several Sentinels still watch one master.
	t.cluster = t.master == "" && (t.cluster || len(urls) > 1)
	if t.cluster && t.database != 0 {
		return t, fmt.Errorf("names a cluster, which has database 0 only, not %d", t.database)
	}
	return t, nil
}

func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("has authorities that cannot be read: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		return nil, fmt.Errorf("has authorities in %s, which has no certificate in PEM", path)
	}
	return pool, nil
}

// redisLink opens the clients of a target. Their connections and calls pass its
// breakers.
type redisLink struct {
	target   redisTarget
	breakers *breakers
	latest   atomic.Pointer[breaker] // of the server dialed last that is no Sentinel
}

// dial connects to a server. Each proves by its certificate that it is who was
// dialed, for the servers of a cluster have certificates of their own.
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

// universal is what all kinds of clients have in common.
func (l *redisLink) universal() *redis.UniversalOptions {
	t := l.target
	return &redis.UniversalOptions{
		Addrs: t.addresses, Username: t.username, Password: t.password, DB: t.database,
		MasterName: t.master, SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPass,
		Dialer:                l.dial, // it encrypts too
		PoolSize:              t.poolSize,
		ContextTimeoutEnabled: true, // without it a context's deadline is ignored
		DialTimeout:           redisTimeout,
		DialerRetries:         1, // a server that is away is said to be away at once
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

// isCluster asks a server that may be the one address of a cluster. What does
// not answer, or will not say, is taken for a server of its own.
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

// gate refuses calls while the server they are for does not answer.
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
