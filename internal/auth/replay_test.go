package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestAnIDTokenSignsInAFewTimes: a client that lost the answer may repeat the sign-in,
// up to a limit that counts over all nodes.
func TestAnIDTokenSignsInAFewTimes(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		nodes := []*auth.Auth{w.node(t), w.node(t)}
		token := w.idToken(t, nil)
		for use := range 6 {
			_, err := nodes[use%2].SignIn(context.Background(), token)
			if want := map[bool]fault.Code{true: "", false: fault.InvalidCredential}[use < 3]; fault.CodeOf(err) != want {
				t.Errorf("use %d: %v", use+1, err)
			}
		}
		must(nodes[0].SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"jti": "another"})))(t)
	})
}

// TestForgedTokensFetchNoKeys: an unknown key id fetches the issuer's keys at most
// every ten seconds.
func TestForgedTokensFetchNoKeys(t *testing.T) {
	w := newWorld(t, "")
	var fetched atomic.Int64
	counting := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/jwks") {
			fetched.Add(1)
		}
		w.provider.ServeHTTP(rw, r)
	}))
	t.Cleanup(counting.Close)
	w.server.Config.Handler = counting.Config.Handler
	a := w.node(t)
	ctx := context.Background()
	must(a.SignIn(ctx, w.idToken(t, nil)))(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(kid string) string {
		t.Helper()
		now := w.clock.now()
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
			"iss": w.issuer, "aud": "usher-dev", "sub": "g-1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		})
		token.Header["kid"] = kid
		signed, err := token.SignedString(stranger)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	good := w.idToken(t, nil)
	header, _, _ := strings.Cut(good, ".")
	rubbish := header + "." + strings.Split(forged("x"), ".")[1] + ".AAAA" // a known key id with a wrong signature
	before := fetched.Load()
	for i := range 20 {
		w.clock.advance(time.Second)
		_, err := a.SignIn(ctx, forged("unknown-"+string(rune('a'+i))))
		wantCode(t, err, fault.InvalidCredential)
	}
	if n := fetched.Load() - before; n > 2 {
		t.Errorf("twenty unknown key ids in twenty seconds fetched the keys %d times", n)
	}
	before = fetched.Load()
	for range 20 {
		w.clock.advance(11 * time.Second)
		_, err := a.SignIn(ctx, rubbish)
		wantCode(t, err, fault.InvalidCredential)
	}
	if n := fetched.Load() - before; n > 0 {
		t.Errorf("wrong signatures of a known key fetched the keys %d times", n)
	}
}
