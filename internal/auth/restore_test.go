package auth_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/limit"
	"usher/internal/testkit"
)

// TestASignOutSurvivesTheLossOfRedis: after Redis has lost all data, a signed-out
// session stays invalid on every node, from the first request on.
func TestASignOutSurvivesTheLossOfRedis(t *testing.T) {
	server := testkit.StartRedis(t, t.TempDir())
	defer server.Kill()
	w := newWorld(t, server.URL)
	ctx := context.Background()
	nodes := []*auth.Auth{w.node(t), w.node(t)}
	_, stays, err := nodes[0].Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	const many = 40 // spread over the slots of a cluster
	tokens := make([]string, many)
	for i := range tokens {
		session, token, err := nodes[0].Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		if err := nodes[i%2].Revoke(ctx, session); err != nil {
			t.Fatal(err)
		}
		tokens[i] = token
	}
	if err := w.stores.Redis.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i, token := range tokens {
		all.Go(func() {
			if _, err := nodes[i%2].Authenticate(ctx, token); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("a signed-out session is answered with %v", err)
			}
		})
	}
	all.Wait()
	must(nodes[1].Authenticate(ctx, stays))(t)

	// Until the sign-outs are restored, no session is accepted.
	if err := w.stores.Redis.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	hungUp, cancel := context.WithCancel(ctx)
	cancel()
	_, err = nodes[0].Authenticate(hungUp, stays)
	wantCode(t, err, fault.Unavailable)
	n, err := w.stores.Mongo.Collection("signouts").CountDocuments(ctx, bson.D{})
	if err != nil || n != many {
		t.Errorf("MongoDB keeps %d sign-outs (%v)", n, err)
	}
}

func TestASignOutThatRedisMissedIsRestored(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		a, ctx := w.node(t), context.Background()
		session, token, err := a.Issue(ada)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Revoke(ctx, session); err != nil {
			t.Fatal(err)
		}
		// As after a failover to a replica that lacked the revocation.
		if err := w.stores.Redis.Del(ctx, auth.RevokedKey(session.ID)).Err(); err != nil {
			t.Fatal(err)
		}
		if err := a.Restore(ctx); err != nil { // called when a season's epoch opens
			t.Fatal(err)
		}
		_, err = a.Authenticate(ctx, token)
		wantCode(t, err, fault.Unauthenticated)
	})
}

// TestAnEleventhSessionEndsTheOldest: the limit counts the sessions of all nodes.
func TestAnEleventhSessionEndsTheOldest(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		ctx := context.Background()
		nodes := []*auth.Auth{w.node(t), w.node(t)}
		w.fresh(t, ada.ID)
		var tokens []string
		for i := range 12 {
			session, token, err := nodes[i%2].Issue(ada)
			if err == nil {
				err = nodes[i%2].Record(ctx, session)
			}
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, token)
		}
		for i, token := range tokens {
			_, err := nodes[i%2].Authenticate(ctx, token)
			if want := map[bool]fault.Code{true: fault.Unauthenticated, false: ""}[i < 2]; fault.CodeOf(err) != want {
				t.Errorf("session %d: %v", i+1, err)
			}
		}
		live := must(nodes[0].Sessions(ctx, ada.ID))(t)
		if len(live) != 10 || live[0].CreatedAt.IsZero() || live[0].SeenAt.IsZero() {
			t.Errorf("the live sessions are %+v", live)
		}
		_, other, err := nodes[0].Issue(auth.User{ID: "aaaaaaaaaaaaaaaaaaaaaaaa"})
		if err != nil {
			t.Fatal(err)
		}
		must(nodes[0].Authenticate(ctx, other))(t)
	})
}

// TestASessionOfAnotherProgramIsRecordedWhenSeen: a token is valid without a record.
// Its first request records the session, which then counts among its user's sessions.
func TestASessionOfAnotherProgramIsRecordedWhenSeen(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	run(t, a)
	ctx := context.Background()
	const program = "cccccccccccccccccccccccc"
	if err := w.stores.Redis.ScriptFlush(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	must(a.Authenticate(ctx, w.minted(t, map[string]any{"sub": program})))(t)
	testkit.Eventually(t, 30*time.Second, "the session is recorded", func() bool {
		live, err := a.Sessions(ctx, program)
		return err == nil && len(live) == 1
	})
}

// TestALimitCountsAUserOnAllNodes: the number of sessions does not matter.
func TestALimitCountsAUserOnAllNodes(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		w := newWorld(t, redisURL)
		ctx := context.Background()
		budget := limit.Budget{Name: "requests", Most: 5, Window: time.Hour}
		passed := 0
		for i := range 30 {
			a := w.node(t) // each session on its own node
			token := w.minted(t, map[string]any{"sid": "s" + strconv.Itoa(i)})
			_, err := a.Authenticate(ctx, token, budget)
			var f *fault.Error
			switch {
			case err == nil:
				passed++
			case !errors.As(err, &f) || f.Code != fault.RateLimited || f.After <= 0:
				t.Errorf("refused with %v", err)
			}
		}
		if passed != 5 {
			t.Errorf("%d of 30 requests passed a limit of 5", passed)
		}
		must(w.node(t).Authenticate(ctx, w.minted(t, map[string]any{"sub": "bbbbbbbbbbbbbbbbbbbbbbbb"}), budget))(t)
	})
}

// fresh deletes a user's sessions, which other tests made on the same Redis.
func (w *world) fresh(t *testing.T, user string) {
	t.Helper()
	if err := w.stores.Redis.Del(context.Background(), "sessions:{"+user+"}").Err(); err != nil {
		t.Fatal(err)
	}
}
