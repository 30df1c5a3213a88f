package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/wire"
)

// oneFan is a sale in which one fan is active at a time.
func oneFan(t *testing.T, change func(*Options)) *site {
	t.Helper()
	return openSale(t, `{"name":"Gala","activeLimit":1}`, change)
}

func TestAPassForAShop(t *testing.T) {
	t.Parallel()
	s := oneFan(t, nil)
	inside := s.signIn(t, "inside@example.com")
	waiting := s.signIn(t, "waiting@example.com")
	s.anonymous().post(t, "/waitingList/pass", "").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	waiting.post(t, "/waitingList/pass", "{}").wantsProblem(t, http.StatusForbidden, fault.NotAdmitted)
	for _, body := range []string{`{"audience":7}`, `{"audience":"two words"}`, `{"aud":"x"}`, `[]`} {
		inside.post(t, "/waitingList/pass", body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	inside.post(t, "/waitingList/pass?season=other", "").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	var pass wire.Pass
	inside.post(t, "/waitingList/pass", `{"audience":"shop.example"}`).wants(t, http.StatusOK).into(t, &pass)
	if left := time.Until(time.Time(pass.ExpiresAt)); left > 5*time.Minute || left < 3*time.Minute {
		t.Errorf("the pass is valid for %v", left)
	}
	shop, other := s.anonymous(), s.another(t).anonymous()
	body := fmt.Sprintf(`{"pass":%q,"audience":"shop.example","season":%q}`, pass.Pass, s.season)
	redeem := func(at *caller, body string) (r wire.Redemption) {
		t.Helper()
		at.post(t, "/waitingList/pass/redeem", body).wants(t, http.StatusOK).into(t, &r)
		return r
	}
	for name, bad := range map[string]string{
		"another audience": fmt.Sprintf(`{"pass":%q,"audience":"other.example"}`, pass.Pass),
		"another season":   fmt.Sprintf(`{"pass":%q,"audience":"shop.example","season":"other"}`, pass.Pass),
		"no audience":      fmt.Sprintf(`{"pass":%q}`, pass.Pass),
		"a session token":  fmt.Sprintf(`{"pass":%q,"audience":"shop.example"}`, inside.token),
		"garbage":          `{"pass":"x","audience":"shop.example"}`,
	} {
		if got := redeem(shop, bad); got.Result != "invalid" || got.Season != nil || got.User != nil || got.RedeemedAt != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, bad := range []string{`{}`, `{"pass":null}`, `{"pass":"x","audience":" "}`, `{"pass":"x","more":1}`, `{"pass":"x","season":7}`, `x`} {
		shop.post(t, "/waitingList/pass/redeem", bad).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	first, again := redeem(shop, body), redeem(other, body)
	if first.Result != "redeemed" || *first.Season != s.season || *first.User != inside.user.ID || first.RedeemedAt == nil {
		t.Errorf("%+v", first)
	}
	if again.Result != "already_redeemed" || again.RedeemedAt.String() != first.RedeemedAt.String() {
		t.Errorf("on the other node: %+v", again)
	}

	var later wire.Pass
	inside.post(t, "/waitingList/pass", `{"audience":"shop.example"}`).wants(t, http.StatusOK).into(t, &later)
	inside.post(t, "/waitingList/leave", "").wants(t, http.StatusOK)
	if got := redeem(shop, fmt.Sprintf(`{"pass":%q,"audience":"shop.example"}`, later.Pass)); got.Result != "ended" || got.RedeemedAt != nil {
		t.Errorf("after the fan left: %+v", got)
	}
}

func TestAProxyAsksBeforeEachRequest(t *testing.T) {
	t.Parallel()
	s := oneFan(t, func(o *Options) {
		o.PublicURL = "https://tickets.example"
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	inside := s.signIn(t, "inside@example.com")
	waiting := s.signIn(t, "waiting@example.com")
	path := "/gateway/check?season=" + s.season
	page := "https://tickets.example/?season=" + s.season
	shop := "https://shop.example/cart?a=1&b=2"

	got := inside.get(t, path).wants(t, http.StatusOK)
	status := inside.status(t)
	if len(got.body) > 0 || got.header.Get("Usher-User") != inside.user.ID || got.header.Get("Usher-Season") != s.season || got.header.Get("Usher-Session-Ends") != status.SessionEndsAt.String() {
		t.Errorf("an active user: %q %v", got.body, got.header)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be stored")
	}
	cookie := s.anonymous().with("Cookie", "__Host-usher_session="+inside.token)
	cookie.get(t, path).wants(t, http.StatusOK)

	forged := inside.token[:len(inside.token)-4] + "AAAA"
	for name, c := range map[string]struct {
		who    *caller
		status int
		code   fault.Code
	}{
		"without a session":     {s.anonymous(), http.StatusUnauthorized, fault.Unauthenticated},
		"with a forged session": {s.anonymous().with("Authorization", "Bearer "+forged), http.StatusUnauthorized, fault.Unauthenticated},
		"who waits":             {waiting, http.StatusForbidden, fault.NotAdmitted},
	} {
		refused := c.who.with("X-Original-URL", shop).get(t, path)
		refused.wantsProblem(t, c.status, c.code)
		if got, want := refused.header.Get("Usher-Location"), page+"&return="+url.QueryEscape(shop); got != want {
			t.Errorf("%s: sent to %q, want %q", name, got, want)
		}
		moved := c.who.with("X-Original-URL", shop).get(t, path+"&redirect=true").wants(t, http.StatusFound)
		if moved.header.Get("Location") != refused.header.Get("Usher-Location") {
			t.Errorf("%s: redirected to %q", name, moved.header.Get("Location"))
		}
	}
	parts := waiting.with("X-Forwarded-Proto", "https").with("X-Forwarded-Host", "shop.example").with("X-Forwarded-Uri", "/cart?a=1&b=2")
	if got, want := parts.get(t, path).header.Get("Usher-Location"), page+"&return="+url.QueryEscape(shop); got != want {
		t.Errorf("by its parts: %q, want %q", got, want)
	}
	for _, bad := range []string{"javascript:alert(1)", "//shop.example", "https://user@shop.example/", "ftp://shop.example", "/cart", "https://a b/", "https://" + strings.Repeat("a", 3000)} {
		if got := waiting.with("X-Original-URL", bad).get(t, path).header.Get("Usher-Location"); got != page {
			t.Errorf("%.30q: sent to %q", bad, got)
		}
	}
	inside.get(t, "/gateway/check?season=other").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	// A proxy may be told to use an old answer while the nodes are away, never beyond the session.
	if got := inside.get(t, path+"&stale=60").wants(t, http.StatusOK).header.Get("Cache-Control"); got != "max-age=1, stale-if-error=60" {
		t.Errorf("with stale: %q", got)
	}
	var seconds int
	if _, err := fmt.Sscanf(inside.get(t, path+"&stale=3600").wants(t, http.StatusOK).header.Get("Cache-Control"), "max-age=1, stale-if-error=%d", &seconds); err != nil || seconds < 700 || seconds > 900 {
		t.Errorf("beyond the session of 15 minutes: %d, %v", seconds, err)
	}
	// For nginx the time of an answer is over at once. A refusal takes the place of what was
	// kept for that session, and of no session that is made up.
	var expired int64
	if _, err := fmt.Sscanf(inside.get(t, path+"&stale=60").header.Get("X-Accel-Expires"), "@%d", &expired); err != nil || expired >= time.Now().Unix() {
		t.Errorf("the answer is fresh until %d, %v", expired, err)
	}
	if got := waiting.get(t, path+"&stale=60").header; got.Get("Cache-Control") != "must-revalidate" || got.Get("X-Accel-Expires") == "" {
		t.Errorf("a refusal: %v", got)
	}
	for _, c := range []*caller{waiting, s.anonymous().with("Authorization", "Bearer "+forged)} {
		at := path
		if c != waiting {
			at += "&stale=60"
		}
		if got := c.get(t, at).header; got.Get("Cache-Control") != "no-store" || got.Get("X-Accel-Expires") != "" {
			t.Errorf("%s may be stored: %v", at, got)
		}
	}
	for _, bad := range []string{"0", "-1", "3601", "x"} {
		inside.get(t, path+"&stale="+bad).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}

	// Envoy asks with the method and the path of the browser's request.
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		inside.send(t, method, "/gateway/envoy/"+s.season+"/cart?a=1", "", "").wants(t, http.StatusOK)
		moved := waiting.with("Host", "shop.example").with("X-Forwarded-Proto", "https").send(t, method, "/gateway/envoy/"+s.season+"/cart?a=1&b=2", "", "").wants(t, http.StatusFound)
		if got, want := moved.header.Get("Location"), page+"&return="+url.QueryEscape(shop); got != want {
			t.Errorf("Envoy, %s: %q, want %q", method, got, want)
		}
	}
	inside.get(t, "/gateway/envoy/other/").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	// Signed out, a session opens nothing any more.
	inside.post(t, "/auth/logout", "").wants(t, http.StatusNoContent)
	inside.get(t, path).wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	if got := inside.get(t, path+"&stale=60").header.Get("Cache-Control"); got != "must-revalidate" {
		t.Errorf("a session that was signed out: %q", got)
	}
}

// TestAForeignRequestNamesNoReturn: only a trusted proxy says what the browser asked for.
func TestAForeignRequestNamesNoReturn(t *testing.T) {
	t.Parallel()
	s := openIdle(t, func(o *Options) {
		o.PublicURL, o.ReturnOrigins = "https://tickets.example", []string{"https://shop.example"}
	})
	must(t, applied(s))
	s.anonymous().get(t, "/gateway/check")
	if all := s.o.Warn.All(); len(all) > 0 {
		t.Errorf("warnings of a check that names no page: %q", all)
	}
	before := s.log.count()
	defer func() {
		if all := s.o.Warn.All(); len(all) != 1 || !strings.Contains(all[0], "gateway checks from 127.0.0.1 ") || !strings.Contains(all[0], "--trusted-proxy") {
			t.Errorf("the warnings are %q, want one of the proxy", all)
		}
		if lines := s.log.count() - before; lines != 1 {
			t.Errorf("%d lines are logged, want 1", lines)
		}
	}()
	for _, name := range []string{"X-Original-URL", "X-Forwarded-Host"} {
		got := s.anonymous().with(name, "https://evil.example/").get(t, "/gateway/check").header.Get("Usher-Location")
		if got != "https://tickets.example/?season="+s.season {
			t.Errorf("%s is believed: %q", name, got)
		}
	}
}

// applied makes the site's season without a line.
func applied(s *site) error {
	_, err := s.o.Booking.ApplySeason(context.Background(), s.season, []byte(`{"name":"Gala"}`), "test")
	return err
}
