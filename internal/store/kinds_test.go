package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
	"usher/internal/testkit"
)

// start runs a program of Redis in a folder of its own until the test ends.
func start(t *testing.T, program string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if testkit.Required("redis-server") {
			t.Fatal(err)
		}
		t.Skipf("no %s in the PATH", program)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// freePort is a port that, with the cluster bus 10,000 above it, is free.
func freePort(t *testing.T, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Skip("no address of its own for each server: ", err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// authority makes an authority and gives each server a certificate for its own
// address; it returns the authority's file and a function for the others.
func authority(t *testing.T) (file string, issue func(host string) (cert, key string)) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sign := func(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	root, rootKey := template("authority"), newKey()
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	file = write("ca.pem", "CERTIFICATE", sign(root, root, rootKey, rootKey))
	return file, func(host string) (cert, keyFile string) {
		own, key := template(host), newKey()
		own.IPAddresses = []net.IP{net.ParseIP(host)}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return write(host+".pem", "CERTIFICATE", sign(own, root, key, rootKey)), write(host+".key", "PRIVATE KEY", der)
	}
}

// TestAnEncryptedClusterBehindOneAddress: it is recognised, and each server
// proves that it is who was dialed.
func TestAnEncryptedClusterBehindOneAddress(t *testing.T) {
	ca, issue := authority(t)
	hosts := []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}
	var plain []*redis.Client
	var ports, buses, secure []string
	for _, host := range hosts {
		port, bus, tls := freePort(t, host), freePort(t, host), freePort(t, host)
		cert, key := issue(host)
		start(t, "redis-server", "--bind", host, "--port", port, "--tls-port", tls, "--cluster-port", bus, "--cluster-enabled", "yes", "--save", "",
			"--cluster-announce-ip", host, "--cluster-announce-port", port, "--cluster-announce-tls-port", tls, "--cluster-announce-bus-port", bus,
			"--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no", "--tls-cluster", "yes")
		client := redis.NewClient(&redis.Options{Addr: net.JoinHostPort(host, port)})
		t.Cleanup(func() { _ = client.Close() })
		plain, ports, buses, secure = append(plain, client), append(ports, port), append(buses, bus), append(secure, tls)
	}
	ctx := t.Context()
	for i, client := range plain {
		testkit.Eventually(t, 30*time.Second, "a server of the cluster", func() bool { return client.Ping(ctx).Err() == nil })
		if err := client.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", i*5462, min((i+1)*5462, 16384)-1).Err(); err != nil {
			t.Fatal(err)
		}
		if err := plain[0].Do(ctx, "CLUSTER", "MEET", hosts[i], secure[i], buses[i]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, client := range plain {
		testkit.Eventually(t, 30*time.Second, "the cluster", func() bool {
			return strings.Contains(client.ClusterInfo(ctx).Val(), "cluster_state:ok") && strings.Contains(client.ClusterInfo(ctx).Val(), "cluster_known_nodes:3")
		})
	}
	use := func(url, ca string) error {
		stores, err := store.Open(store.Options{RedisURLs: []string{url}, RedisCA: ca, MongoURL: testkit.Stores(t).MongoURL, MongoDatabase: "kinds"})
		if err != nil {
			return err
		}
		defer func() { _ = stores.Close(context.Background()) }()
		if _, ok := stores.Redis.(*redis.ClusterClient); !ok {
			return fmt.Errorf("%T is no client of a cluster", stores.Redis)
		}
		for i := range 30 { // over all slots
			if err := redis.NewScript("return redis.call('SET', KEYS[1], 1)").Run(ctx, stores.Redis, []string{fmt.Sprint("key-", i)}).Err(); err != nil {
				return err
			}
		}
		return stores.Check(ctx)["redis"]
	}
	if err := use("redis://"+net.JoinHostPort(hosts[1], ports[1]), ""); err != nil {
		t.Errorf("plain: %v", err)
	}
	url := "rediss://" + net.JoinHostPort(hosts[0], secure[0])
	if err := use(url, ca); err != nil {
		t.Errorf("encrypted: %v", err)
	}
	if err := use(url+"?cluster=true&ca="+ca, ""); err != nil {
		t.Errorf("encrypted, and said: %v", err)
	}
	if err := use(url+"?cluster=true", ""); err == nil {
		t.Error("a certificate of an unknown authority is taken")
	}
	if err := use(url+"?cluster=true&tls_server_name=127.0.0.1", ca); err == nil {
		t.Error("a server proves to be another one")
	}
}

// TestSentinelWithAPassword: one of its own, or the server's.
func TestSentinelWithAPassword(t *testing.T) {
	const host = "127.0.0.1"
	port := freePort(t, host)
	start(t, "redis-server", "--bind", host, "--port", port, "--requirepass", "secret", "--save", "")
	sentinel := func(password string) string {
		at := freePort(t, host)
		file := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("bind %s\nport %s\nrequirepass %s\nsentinel monitor line %s %s 1\nsentinel auth-pass line secret\n", host, at, password, host, port)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		start(t, "redis-server", file, "--sentinel")
		return "redis://:secret@" + net.JoinHostPort(host, at) + "?master_name=line"
	}
	same, own := sentinel("secret"), sentinel("watch")
	check := func(url string) error {
		stores := testkit.OpenAt(t, url, testkit.Stores(t).MongoURL, "kinds")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if missing := stores.Check(ctx)["redis"]; missing != nil {
			return missing
		}
		return stores.Redis.Set(ctx, "x", "1", 0).Err()
	}
	for name, url := range map[string]string{"the server's": same, "its own": own + "&sentinel_password=watch", "a user's": own + "&sentinel_username=default&sentinel_password=watch"} {
		testkit.Eventually(t, 30*time.Second, name, func() bool { return check(url) == nil })
	}
	if err := check(own); err == nil {
		t.Error("a wrong password is taken")
	}
}
