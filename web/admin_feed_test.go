package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestAShopThatCannotBeReachedPulls: admins read the feed from where they were.
func TestAShopThatCannotBeReachedPulls(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	after, got := "", []string{}
	pull := func(limit int) wire.Feed {
		t.Helper()
		var feed wire.Feed
		admin.get(t, fmt.Sprintf("/admin/feed?after=%s&limit=%d", after, limit)).wants(t, http.StatusOK).into(t, &feed)
		for _, text := range feed.Events {
			var e struct {
				Type string
				Data struct{ Transaction struct{ ID string } }
			}
			must(t, json.Unmarshal(text, &e))
			got = append(got, e.Type+" "+e.Data.Transaction.ID)
		}
		after = feed.Next
		return feed
	}
	if feed := pull(10); len(feed.Events) != 0 || feed.More || feed.Next == "" {
		t.Fatalf("before the first sale: %+v", feed)
	}
	var want []string
	for _, seat := range []string{"A-1", "A-2", "A-3"} {
		ann.hold(t, seat)
		var bought wire.Transaction
		ann.buy(t, seat, `{"seats":["`+seat+`"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
		want = append(want, "transaction.completed "+bought.ID)
	}
	testkit.Eventually(t, soon, "the feed has them all", func() bool { pull(2); return len(got) == len(want) })
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d is %s, want %s", i, got[i], want[i])
		}
	}
	admin.get(t, "/admin/feed?after=x").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.get(t, "/admin/feed?limit=0").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	ann.get(t, "/admin/feed").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
}
