package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// tokenOf returns a token that another program signed, without a record in the stores.
func (w *world) tokenOf(t *testing.T, user, session string, issued any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": "usher", "aud": "usher", "sub": user, "sid": session, "email": "", "name": "", "roles": []string{},
		"exp": w.clock.now().Add(time.Hour).Unix(),
	}
	if issued != nil {
		claims["iat"] = issued
	}
	return must(w.keys.Sign("JWT", claims))(t)
}

// TestACutoffEndsEverySessionIssuedBefore: a user's or all users' sessions are over on
// every node from the next request on, recorded or not, also after Redis lost its data.
func TestACutoffEndsEverySessionIssuedBefore(t *testing.T) {
	server := testkit.StartRedis(t, t.TempDir())
	defer server.Kill()
	w := newWorld(t, server.URL)
	ctx := context.Background()
	notified := make(chan struct{}, 16)
	nodes := []*auth.Auth{w.node(t), w.node(t, func(o *auth.Options) { o.CutOff = func() { notified <- struct{}{} } })}
	run(t, nodes[1])
	testkit.Eventually(t, 15*time.Second, "the node listens", func() bool { return subscribers(t, w.stores) > 0 })
	bob := auth.User{ID: "bbbbbbbbbbbbbbbbbbbbbbbb", Name: "Bob"}
	session, recorded, err := nodes[0].Issue(ada)
	if err == nil {
		err = nodes[0].Record(ctx, session)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, bobs, err := nodes[0].Issue(bob)
	if err != nil {
		t.Fatal(err)
	}
	adas := map[string]string{
		"a recorded session":   recorded,
		"a minted one":         w.tokenOf(t, ada.ID, "minted", w.clock.now().Unix()),
		"one of no known time": w.tokenOf(t, ada.ID, "timeless", nil),
	}
	want := func(what string, token string, code fault.Code) {
		t.Helper()
		for i, a := range nodes {
			if _, err := a.Authenticate(ctx, token); fault.CodeOf(err) != code {
				t.Errorf("%s at node %d: %v, want %q", what, i, err, code)
			}
		}
	}
	for what, token := range adas {
		want(what, token, "")
	}

	cutoffs := auth.NewCutoffs(w.stores.Redis, w.stores.Mongo)
	before := must(cutoffs.RevokeUser(ctx, ada.ID, "a test", w.clock.now()))(t)
	<-notified
	for what, token := range adas {
		want(what, token, fault.Unauthenticated)
	}
	want("another user's", bobs, "")
	wantCode(t, nodes[0].Live(ctx, session), fault.Unauthenticated)
	if among := must(nodes[1].RevokedAmong(ctx, []auth.Session{session, {ID: "bob's", User: bob, IssuedAt: session.IssuedAt}}))(t); len(among) != 1 || among[0] != session.ID {
		t.Errorf("the revoked sessions are %v", among)
	}
	if live := must(nodes[0].Sessions(ctx, ada.ID))(t); len(live) != 0 {
		t.Errorf("still listed: %+v", live)
	}
	w.clock.advance(2 * time.Second)
	later, again, err := nodes[0].Issue(ada)
	if err == nil {
		err = nodes[0].Record(ctx, later)
	}
	if err != nil || later.IssuedAt.Before(before) {
		t.Fatalf("issued at %v: %v", later.IssuedAt, err)
	}
	want("a later sign-in", again, "")
	if live := must(nodes[1].Sessions(ctx, ada.ID))(t); len(live) != 1 {
		t.Errorf("listed: %+v", live)
	}

	lose := func() {
		t.Helper()
		if err := w.stores.Redis.FlushAll(ctx).Err(); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	for what, token := range adas {
		want(what+", after Redis lost its data", token, fault.Unauthenticated)
	}
	want("a later sign-in, after Redis lost its data", again, "")

	// An earlier cutoff that comes late changes nothing.
	must(cutoffs.RevokeUser(ctx, ada.ID, "a test", before.Add(-time.Hour)))(t)
	want("a recorded session", recorded, fault.Unauthenticated)

	must(cutoffs.RevokeAll(ctx, "a test", w.clock.now()))(t)
	<-notified
	want("another user's", bobs, fault.Unauthenticated)
	want("a later sign-in", again, fault.Unauthenticated)
	lose()
	want("another user's, after Redis lost its data", bobs, fault.Unauthenticated)
	if live := must(nodes[0].Sessions(ctx, ada.ID))(t); len(live) != 0 {
		t.Errorf("still listed: %+v", live)
	}
	if _, err := cutoffs.RevokeUser(ctx, "", "a test", w.clock.now()); err == nil {
		t.Error("an empty user id ended the sessions of all users")
	}

	server.Kill()
	_, err = cutoffs.RevokeAll(ctx, "a test", w.clock.now())
	wantCode(t, err, fault.Unavailable)
}
