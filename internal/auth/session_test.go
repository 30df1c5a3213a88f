package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

var ada = auth.User{ID: "0123456789abcdef01234567", Email: "ada@example.com", Name: "Ada"}

func adaIsAdmin(o *auth.Options) { o.AdminEmails = []string{ada.Email} }

func TestASessionTokenHasTheDocumentedClaims(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t, adaIsAdmin)
	session, token, err := a.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	decoded := func(i int) (value map[string]any) {
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	header := decoded(0)
	if header["alg"] != "EdDSA" || header["typ"] != "JWT" || header["kid"] == "" || len(header) != 3 {
		t.Errorf("header %v", header)
	}
	claims := decoded(1)
	for name, want := range map[string]any{
		"iss": "usher", "aud": "usher", "sub": ada.ID, "sid": session.ID,
		"email": "ada@example.com", "name": "Ada", "exp": float64(session.ExpiresAt.Unix()),
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if roles, _ := claims["roles"].([]any); len(roles) != 1 || roles[0] != "admin" {
		t.Errorf("roles %v", claims["roles"])
	}
	if life := claims["exp"].(float64) - claims["iat"].(float64); life != (12 * time.Hour).Seconds() {
		t.Errorf("the token is valid for %v s, want 12 h", life)
	}
	if id, err := base64.RawURLEncoding.DecodeString(session.ID); err != nil || len(id) != 16 {
		t.Errorf("sid %q is not 128 random bits", session.ID)
	}
	again, _, err := a.Issue(auth.User{ID: ada.ID})
	if err != nil {
		t.Fatal(err)
	}
	if again.ID == session.ID {
		t.Error("two sessions share an id")
	}
	if again.User.Roles == nil {
		t.Error("roles are nil")
	}
}

func TestASessionIsTheSameOnEveryNode(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		session, token, err := w.node(t).Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		got := must(w.node(t, adaIsAdmin).Authenticate(context.Background(), token))(t)
		if got.ID != session.ID || got.User.ID != ada.ID || got.User.Email != ada.Email || got.User.Name != ada.Name ||
			!got.User.Has(auth.RoleAdmin) || !got.ExpiresAt.Equal(session.ExpiresAt) {
			t.Errorf("%+v, want %+v", got, session)
		}
	})
}

func TestAuthenticateAcceptsSessionTokensOnly(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	now := w.clock.now()
	sound := jwt.MapClaims{
		"iss": "usher", "aud": "usher", "sub": ada.ID, "sid": "s", "email": "", "name": "", "roles": []string{},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	sign := func(ring *keys.Ring, typ string, overrides jwt.MapClaims) string {
		claims := jwt.MapClaims{}
		for name, value := range sound {
			claims[name] = value
		}
		for name, value := range overrides {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		token, err := ring.Sign(typ, claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	stranger, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	forged := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, sound)
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	tests := []struct {
		name, token string
		want        fault.Code
	}{
		{"sound", sign(w.keys, "JWT", nil), ""},
		{"a ticket", sign(w.keys, "usher-ticket", nil), fault.Unauthenticated},
		{"a place", sign(w.keys, "usher-place", nil), fault.Unauthenticated},
		{"the redirect's cookie", sign(w.keys, "usher-oauth", nil), fault.Unauthenticated},
		{"signed by another ring", sign(stranger, "JWT", nil), fault.Unauthenticated},
		{"another issuer", sign(w.keys, "JWT", jwt.MapClaims{"iss": "other"}), fault.Unauthenticated},
		{"no issuer", sign(w.keys, "JWT", jwt.MapClaims{"iss": nil}), fault.Unauthenticated},
		{"another audience", sign(w.keys, "JWT", jwt.MapClaims{"aud": "gate"}), fault.Unauthenticated},
		{"no audience", sign(w.keys, "JWT", jwt.MapClaims{"aud": nil}), fault.Unauthenticated},
		{"expired", sign(w.keys, "JWT", jwt.MapClaims{"exp": now.Add(-time.Second).Unix()}), fault.Unauthenticated},
		{"no expiry", sign(w.keys, "JWT", jwt.MapClaims{"exp": nil}), fault.Unauthenticated},
		{"no session", sign(w.keys, "JWT", jwt.MapClaims{"sid": nil}), fault.Unauthenticated},
		{"no subject", sign(w.keys, "JWT", jwt.MapClaims{"sub": nil}), fault.Unauthenticated},
		{"HS256 with the public keys", forged(jwt.SigningMethodHS256, w.keys.JWKS()), fault.Unauthenticated},
		{"none", forged(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), fault.Unauthenticated},
		{"the issuer's ID token", w.idToken(t, nil), fault.Unauthenticated},
		{"no token", "hello", fault.Unauthenticated},
		{"nothing", "", fault.Unauthenticated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := a.Authenticate(context.Background(), test.token)
			wantCode(t, err, test.want)
		})
	}
}

func TestASessionEndsAfterTwelveHours(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	_, token, err := a.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(12*time.Hour - time.Minute)
	must(a.Authenticate(context.Background(), token))(t)
	w.clock.advance(2 * time.Minute)
	_, err = a.Authenticate(context.Background(), token)
	wantCode(t, err, fault.Unauthenticated)
}

// heard collects the sessions that Options.Revoked receives.
type heard chan string

func (h heard) revoked(session string) {
	select {
	case h <- session:
	default:
	}
}

// wait waits until a session's revocation has arrived.
func (h heard) wait(t *testing.T, session string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case got := <-h:
			if got == session {
				return
			}
		case <-deadline:
			t.Fatal("the revocation did not arrive")
		}
	}
}

// subscribers counts the nodes that subscribe to revocations on the world's Redis.
func subscribers(t *testing.T, stores *store.Stores) int64 {
	t.Helper()
	return must(stores.Redis.PubSubNumSub(context.Background(), "revocations").Result())(t)["revocations"]
}

func TestARevocationReachesEveryNodeAndIsStored(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		before := subscribers(t, w.stores)
		here, there := make(heard, 64), make(heard, 64)
		first := w.node(t, func(o *auth.Options) { o.Revoked = here.revoked })
		second := w.node(t, func(o *auth.Options) { o.Revoked = there.revoked })
		run(t, first)
		run(t, second)
		testkit.Eventually(t, 10*time.Second, "both nodes are subscribed", func() bool { return subscribers(t, w.stores) == before+2 })

		ctx := context.Background()
		session, token, err := first.Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		other, otherToken, err := first.Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a repeat is harmless
			if err := first.Revoke(ctx, session); err != nil {
				t.Fatal(err)
			}
		}
		here.wait(t, session.ID)
		there.wait(t, session.ID)
		for _, node := range []*auth.Auth{first, second} {
			_, err := node.Authenticate(ctx, token)
			wantCode(t, err, fault.Unauthenticated)
			must(node.Authenticate(ctx, otherToken))(t)
		}
		revoked := must(second.RevokedAmong(ctx, []auth.Session{other, session, {ID: "unknown"}}))(t)
		if len(revoked) != 1 || revoked[0] != session.ID {
			t.Errorf("the revoked sessions are %v, want %s", revoked, session.ID)
		}
		left := must(w.stores.Redis.PTTL(ctx, auth.RevokedKey(session.ID)).Result())(t)
		if end := w.clock.now().Add(left); end.Before(session.ExpiresAt) || end.After(session.ExpiresAt.Add(2*time.Minute)) {
			t.Errorf("the revocation is stored until %v, the token expires at %v", end, session.ExpiresAt)
		}
	})
}

func TestAnExpiredSessionNeedsNoRevocation(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	session, _, err := a.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(13 * time.Hour)
	if err := a.Revoke(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	if n := must(w.stores.Redis.Exists(context.Background(), auth.RevokedKey(session.ID)).Result())(t); n != 0 {
		t.Error("an expired session has a revocation key")
	}
	if revoked := must(a.RevokedAmong(context.Background(), nil))(t); len(revoked) != 0 {
		t.Errorf("the revoked sessions are %v", revoked)
	}
}

func TestASubscriptionComesBackAfterRedis(t *testing.T) {
	server := testkit.StartRedis(t, t.TempDir())
	defer server.Kill()
	w := newWorld(t, server.URL)
	there := make(heard, 64)
	listening := w.node(t, func(o *auth.Options) { o.Revoked = there.revoked })
	run(t, listening)
	testkit.Eventually(t, 10*time.Second, "the node is subscribed", func() bool { return subscribers(t, w.stores) == 1 })
	a := w.node(t)
	session, token, err := a.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}

	server.Crash()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err = a.Authenticate(ctx, token)
	wantCode(t, err, fault.Unavailable)
	wantCode(t, a.Revoke(ctx, session), fault.Unavailable)
	_, err = a.RevokedAmong(ctx, []auth.Session{session})
	wantCode(t, err, fault.Unavailable)

	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 15*time.Second, "the node is subscribed again", func() bool {
		got, err := w.stores.Redis.PubSubNumSub(context.Background(), "revocations").Result()
		return err == nil && got["revocations"] == 1
	})
	if err := a.Revoke(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	there.wait(t, session.ID)
}
