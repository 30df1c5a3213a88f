package web

import (
	"net/http"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestGuestsTakePartWhereTheSeasonSaysSo: one place a browser, from the line to the
// ticket. A season without guests takes none, also when another season signed the guest in.
func TestGuestsTakePartWhereTheSeasonSaysSo(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":2}`, nil)
	guest := func(c *caller) (*caller, string) {
		t.Helper()
		answer := c.post(t, "/auth/guest", `{}`).wants(t, http.StatusOK)
		var in wire.SignIn
		answer.into(t, &in)
		signed := s.anonymous()
		signed.token, signed.user = in.Token, in.User
		for _, line := range answer.header.Values("Set-Cookie") {
			if name, rest, _ := strings.Cut(line, "="); name == s.cookieName(guestCookie) {
				if !strings.Contains(line, "HttpOnly") {
					t.Errorf("scripts can read %s", line)
				}
				value, _, _ := strings.Cut(rest, ";")
				return signed, name + "=" + value
			}
		}
		t.Fatal("the browser got no cookie")
		return nil, ""
	}
	s.anonymous().post(t, "/auth/guest", `{}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	admin := s.session(t, adminEmail)
	admin.put(t, "/admin/seasons/"+s.season, `{"guests":true}`).wants(t, http.StatusOK)
	s.anonymous().post(t, "/auth/guest", `{"email":"a@example.com"}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)

	ann, cookie := guest(s.anonymous())
	again, _ := guest(s.anonymous().with("Cookie", cookie))
	other, _ := guest(s.anonymous())
	if again.user.ID != ann.user.ID || other.user.ID == ann.user.ID {
		t.Errorf("the browser is %s, then %s; another one is %s", ann.user.ID, again.user.ID, other.user.ID)
	}
	if ann.user.Email != "" || len(ann.user.Roles) != 0 {
		t.Errorf("a guest is %+v", ann.user)
	}
	ann.post(t, "/holds", `{"seats":["A-1"]}`).wants(t, http.StatusCreated)
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	again.get(t, "/tickets/"+bought.Tickets[0].ID).wants(t, http.StatusOK)
	other.get(t, "/tickets/"+bought.Tickets[0].ID).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	ann.get(t, "/admin/seasons/"+s.season+"/active").wantsProblem(t, http.StatusForbidden, fault.Forbidden)

	// A guest of one season is none of another, and keeps what was bought.
	admin.put(t, "/admin/seasons/"+s.season, `{"guests":false}`).wants(t, http.StatusOK)
	ann.post(t, "/waitingList/leave", "").wants(t, http.StatusOK)
	ann.post(t, "/waitingList/join", "").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	ann.get(t, "/tickets/"+bought.Tickets[0].ID).wants(t, http.StatusOK)
}

// TestNewGuestsOfOneAddressAreLimited: a browser that is known costs nothing.
func TestNewGuestsOfOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":2,"guests":true}`, func(o *Options) { o.LimitSignIn = 1 })
	refused := 0
	for range 2*guestShare + 1 { // a minute may end in between
		if answer := s.anonymous().post(t, "/auth/guest", `{}`); answer.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("one address made guests without a limit")
	}
}

// TestThePageNamesEachSignIn: the page has a way in for each provider, with its season.
func TestThePageNamesEachSignIn(t *testing.T) {
	t.Parallel()
	page := func(change func(*Options)) string {
		return string(openIdle(t, change).anonymous().get(t, "/").wants(t, http.StatusOK).body)
	}
	if text := page(func(o *Options) { o.FirstSignIn = true }); strings.Contains(text, "usher:sign-ins") {
		t.Error("a page with the first provider alone lists it")
	}
	shops := []SignInButton{{Name: "shop", Label: `The "Shop" <b>`}}
	text := page(func(o *Options) { o.SignIns = shops })
	if want := `content="[[&#34;/auth/with/shop&#34;,&#34;The \&#34;Shop\&#34; \u003cb\u003e&#34;]]"`; !strings.Contains(text, want) {
		t.Errorf("the page lacks %s", want)
	}
	s := openIdle(t, nil)
	s.anonymous().get(t, "/auth/with/unknown").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	s.anonymous().get(t, "/auth/with/unknown/callback?state=x").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	s.anonymous().post(t, "/auth/with/unknown", `{"credential":"x"}`).wantsProblem(t, http.StatusNotFound, fault.NotFound)
}
