package pass_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/pass"
	"usher/internal/testkit"
)

const fan, shop = "65f000000000000000000001", "shop.example"

// counter is a fan's session and the desks of two nodes.
type counter struct {
	ring  *keys.Ring
	desks []*pass.Desk
	now   time.Time
	end   time.Time // of the session; zero: not active
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	c := &counter{ring: ring, now: now, end: now.Add(15 * time.Minute)}
	database := testkit.Mongo(t)
	for range 2 {
		c.desks = append(c.desks, pass.New(pass.Options{
			Keys: ring, Mongo: database, Now: func() time.Time { return c.now },
			Active: func(context.Context, string, string) (time.Time, bool, error) { return c.end, !c.end.IsZero(), nil },
		}))
	}
	return c
}

func (c *counter) always(context.Context, string, string) (time.Time, bool, error) {
	return c.end, true, nil
}

func (c *counter) issue(t *testing.T, audience string) pass.Pass {
	t.Helper()
	p, err := c.desks[0].Issue(t.Context(), "gala", fan, audience)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *counter) redeem(t *testing.T, desk int, text, audience string) pass.Redemption {
	t.Helper()
	r, err := c.desks[desk].Redeem(t.Context(), text, audience, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAPassIsRedeemedOnce(t *testing.T) {
	c := newCounter(t)
	p := c.issue(t, shop)
	if !p.ExpiresAt.Equal(c.now.Add(5 * time.Minute)) {
		t.Errorf("the pass expires at %v", p.ExpiresAt)
	}
	var redeemed atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			r, err := c.desks[i%2].Redeem(t.Context(), p.Text, shop, "")
			switch {
			case err != nil || r.Season != "gala" || r.User != fan || !r.RedeemedAt.Equal(c.now):
				t.Errorf("%+v, %v", r, err)
			case r.Result == pass.Redeemed:
				redeemed.Add(1)
			case r.Result != pass.Already:
				t.Errorf("%+v", r)
			}
		})
	}
	all.Wait()
	if n := redeemed.Load(); n != 1 {
		t.Errorf("redeemed %d times", n)
	}
	// A shop that asks again after the pass's end learns that it was redeemed.
	first := c.now
	c.now = c.now.Add(10 * time.Minute)
	if r := c.redeem(t, 1, p.Text, shop); r.Result != pass.Already || !r.RedeemedAt.Equal(first) {
		t.Errorf("later: %+v", r)
	}
}

func TestAPassIsOnlyForAnActiveFan(t *testing.T) {
	c := newCounter(t)
	// It does not outlive the session.
	c.end = c.now.Add(90*time.Second + 700*time.Millisecond)
	p := c.issue(t, "")
	if !p.ExpiresAt.Equal(c.now.Add(90 * time.Second)) {
		t.Errorf("the pass expires %v after its issue", p.ExpiresAt.Sub(c.now))
	}
	c.end = time.Time{}
	if r := c.redeem(t, 1, p.Text, ""); r.Result != pass.Ended || r.User != fan || !r.RedeemedAt.IsZero() {
		t.Errorf("after the session: %+v", r)
	}
	if _, err := c.desks[0].Issue(t.Context(), "gala", fan, ""); !fault.Is(err, fault.NotAdmitted) {
		t.Errorf("without a session: %v", err)
	}
	// An ended redemption has used nothing up.
	c.end = c.now.Add(time.Minute)
	if r := c.redeem(t, 0, p.Text, ""); r.Result != pass.Redeemed {
		t.Errorf("active again: %+v", r)
	}
	p = c.issue(t, "")
	c.now = c.now.Add(60 * time.Second)
	if r := c.redeem(t, 0, p.Text, ""); r.Result != pass.Expired || r.Season != "gala" {
		t.Errorf("at its end: %+v", r)
	}
}

func TestWhatIsNoPass(t *testing.T) {
	c := newCounter(t)
	good := c.issue(t, shop).Text
	other, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	claims := func(change map[string]any) jwt.MapClaims {
		all := jwt.MapClaims{
			"iss": "usher", "aud": shop, "sub": fan, "season": "gala", "jti": "1",
			"iat": c.now.Unix(), "exp": c.now.Add(time.Minute).Unix(),
		}
		for name, value := range change {
			if all[name] = value; value == nil {
				delete(all, name)
			}
		}
		return all
	}
	sign := func(ring *keys.Ring, typ string, change map[string]any) string {
		text, err := ring.Sign(typ, claims(change))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	parts := strings.Split(good, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"usher-pass"}`)) + "." + parts[1] + "."
	ours := c.ring.For(keys.Session)
	for name, text := range map[string]string{
		"nothing":             "",
		"garbage":             "a.b.c",
		"too long":            good + strings.Repeat("A", 5000),
		"a bent signature":    good[:len(good)-4] + "AAAA",
		"another pass's text": parts[0] + "." + strings.Split(c.issue(t, "other.example").Text, ".")[1] + "." + parts[2],
		"no signature":        unsigned,
		"another key":         sign(other.For(keys.Session), "usher-pass", nil),
		"a session":           sign(ours, "usher-session", nil),
		"another issuer":      sign(ours, "usher-pass", map[string]any{"iss": "another"}),
		"another audience":    sign(ours, "usher-pass", map[string]any{"aud": "pass"}),
		"no audience":         sign(ours, "usher-pass", map[string]any{"aud": nil}),
		"no end":              sign(ours, "usher-pass", map[string]any{"exp": nil}),
		"no id":               sign(ours, "usher-pass", map[string]any{"jti": nil}),
		"no season":           sign(ours, "usher-pass", map[string]any{"season": nil}),
		"from the future":     sign(ours, "usher-pass", map[string]any{"iat": c.now.Add(time.Minute).Unix()}),
		"expired, and another issuer": sign(ours, "usher-pass",
			map[string]any{"iss": "another", "exp": c.now.Add(-time.Minute).Unix()}),
	} {
		if r := c.redeem(t, 0, text, shop); r != (pass.Redemption{Result: pass.Invalid}) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := c.redeem(t, 0, good, ""); r.Result != pass.Invalid {
		t.Errorf("a shop's pass for any shop: %+v", r)
	}
	if r, err := c.desks[0].Redeem(t.Context(), good, shop, "another"); err != nil || r != (pass.Redemption{Result: pass.Invalid}) {
		t.Errorf("for another season: %+v %v", r, err)
	}
	if r, err := c.desks[0].Redeem(t.Context(), good, shop, "gala"); err != nil || r.Result != pass.Redeemed {
		t.Errorf("the genuine one after all that: %+v %v", r, err)
	}
	for _, audience := range []string{strings.Repeat("a", 201), "two words", "a\nb"} {
		if _, err := c.desks[0].Issue(t.Context(), "gala", fan, audience); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("the audience %.20q: %v", audience, err)
		}
		if _, err := c.desks[0].Redeem(t.Context(), good, audience, ""); !fault.Is(err, fault.InvalidRequest) {
			t.Errorf("redeeming for %.20q: %v", audience, err)
		}
	}
}

// TestAShopVerifiesAPass reads a pass as a shop does that knows the key set alone.
func TestAShopVerifiesAPass(t *testing.T) {
	c := newCounter(t)
	parts := strings.Split(c.issue(t, shop).Text, ".")
	decode := func(part string, into any) {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var head, claims map[string]any
	decode(parts[0], &head)
	decode(parts[1], &claims)
	if head["typ"] != "usher-pass" || head["alg"] != "EdDSA" {
		t.Errorf("header %v", head)
	}
	if claims["iss"] != "usher" || claims["aud"] != shop || claims["sub"] != fan || claims["season"] != "gala" || claims["jti"] == "" || claims["iat"] != float64(c.now.Unix()) {
		t.Errorf("claims %v", claims)
	}
	var set struct {
		Keys []struct{ Kid, X, Usher_use string }
	}
	if err := json.Unmarshal(c.ring.For(keys.Session).JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	for _, key := range set.Keys {
		public, _ := base64.RawURLEncoding.DecodeString(key.X)
		if key.Kid == head["kid"] && ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), signature) {
			return
		}
	}
	t.Errorf("no key of the set has signed it: %v, %v", set, head)
}

// TestOldRedemptionsAreDeleted: not before a shop can no longer ask for them.
func TestOldRedemptionsAreDeleted(t *testing.T) {
	c := newCounter(t)
	p := c.issue(t, shop)
	c.redeem(t, 0, p.Text, shop)
	sweep := func() {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.desks[0].Run(ctx) }()
		defer func() {
			stop()
			<-done
		}()
		if c.now.Before(p.ExpiresAt.Add(time.Hour)) {
			return
		}
		testkit.Eventually(t, 10*time.Second, "the record is gone", func() bool {
			r, err := c.desks[1].Redeem(t.Context(), p.Text, shop, "")
			return err == nil && r.Result == pass.Expired
		})
	}
	c.now = p.ExpiresAt.Add(59 * time.Minute)
	sweep()
	if r := c.redeem(t, 1, p.Text, shop); r.Result != pass.Already {
		t.Errorf("within the hour: %+v", r)
	}
	c.now = p.ExpiresAt.Add(time.Hour + time.Second)
	sweep()
}
