package web

import (
	"net/http"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestASeasonMadeOnOneNodeIsServedByAnother: a load balancer may send an operator's
// next request to another node.
func TestASeasonMadeOnOneNodeIsServedByAnother(t *testing.T) {
	t.Parallel()
	here := openSale(t, oneAtATime, nil)
	there := here.another(t)
	admin, fan := here.signIn(t, adminEmail), there.signIn(t, "ann@example.com")
	there.anonymous().get(t, "/seats").wants(t, http.StatusOK) // this node has read the older seasons
	for range 3 {
		id := testkit.SeasonID()
		there.anonymous().get(t, "/seasons/"+id).wantsProblem(t, http.StatusNotFound, fault.NotFound)
		admin.put(t, "/admin/seasons/"+id, `{"name":"Gala"}`).wants(t, http.StatusOK)
		there.anonymous().get(t, "/seasons/"+id).wants(t, http.StatusOK)
		testkit.Eventually(t, soon, "the other node lets fans join", func() bool {
			answer := fan.post(t, "/waitingList/join?season="+id, "")
			if answer.status == http.StatusNotFound {
				t.Fatalf("%s: %s", answer.what, answer.body)
			}
			return answer.status == http.StatusOK
		})
		var season wire.Season
		there.anonymous().get(t, "/seasons/"+id).wants(t, http.StatusOK).into(t, &season)
		if season.Name != "Gala" {
			t.Errorf("got %+v", season)
		}
	}
}
