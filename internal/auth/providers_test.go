package auth_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/dev"
	"usher/internal/fault"
)

// TestTwoProvidersHaveUsersOfTheirOwn: the same subject and address at two providers are
// two users, only the first provider's addresses give roles, and neither takes the other's
// tokens.
func TestTwoProvidersHaveUsersOfTheirOwn(t *testing.T) {
	t.Parallel()
	google, shop := newWorld(t, ""), newWorld(t, "")
	a := google.node(t, func(o *auth.Options) {
		o.Providers = []auth.ProviderOptions{{Name: "shop", Issuer: shop.issuer, ClientID: dev.ClientID, ClientSecret: dev.ClientSecret}}
		o.StaffSubjects = []string{"shop:g-7"}
	})
	named := must(a.ProviderOf("shop"))(t)
	ctx, admin := context.Background(), jwt.MapClaims{"email": "admin@usher.test", "sub": "g-1"}
	first := must(a.SignIn(ctx, google.idToken(t, admin)))(t)
	second := must(named.SignIn(ctx, shop.idToken(t, admin)))(t)
	if first.ID == second.ID {
		t.Errorf("both providers have the user %s", first.ID)
	}
	if !first.Has(auth.RoleAdmin) || len(second.Roles) != 0 {
		t.Errorf("the roles are %v at the first provider and %v at the shop", first.Roles, second.Roles)
	}
	// A token carries the same: it gives no role later either.
	_, token, err := a.Issue(second)
	session := must(a.Authenticate(ctx, token))(t)
	if err != nil || len(session.User.Roles) != 0 {
		t.Errorf("the shop's session: %v %v", session.User.Roles, err)
	}
	// Mail may go to an address that either has verified, and to no other.
	if !first.Confirmed || !second.Confirmed || !session.User.Confirmed || !session.User.Unverified {
		t.Errorf("the addresses are confirmed: %v, %v, %v", first.Confirmed, second.Confirmed, session.User.Confirmed)
	}
	unverified := must(named.SignIn(ctx, shop.idToken(t, jwt.MapClaims{"email_verified": false})))(t)
	_, token, err = a.Issue(unverified)
	if session := must(a.Authenticate(ctx, token))(t); err != nil || unverified.Confirmed || session.User.Confirmed {
		t.Errorf("an address that no provider has verified is confirmed: %v, %v", session.User, err)
	}
	if staff := must(named.SignIn(ctx, shop.idToken(t, jwt.MapClaims{"sub": "g-7"})))(t); !staff.Has(auth.RoleStaff) {
		t.Error("a listed subject of the shop has no role")
	}
	if other := must(a.SignIn(ctx, google.idToken(t, jwt.MapClaims{"sub": "g-7"})))(t); other.Has(auth.RoleStaff) {
		t.Error("the shop's subject gave a role to the first provider's user")
	}
	_, err = named.SignIn(ctx, google.idToken(t, nil))
	wantCode(t, err, fault.InvalidCredential)
	_, err = a.SignIn(ctx, shop.idToken(t, nil))
	wantCode(t, err, fault.InvalidCredential)
	_, err = a.ProviderOf("unknown")
	wantCode(t, err, fault.NotFound)
}

// TestASignInEndsWhereItBegan: the answer of one provider does not finish a sign-in that
// began at another one.
func TestASignInEndsWhereItBegan(t *testing.T) {
	t.Parallel()
	google, shop := newWorld(t, ""), newWorld(t, "")
	a := google.node(t, func(o *auth.Options) {
		o.Providers = []auth.ProviderOptions{{Name: "shop", Issuer: shop.issuer, ClientID: dev.ClientID, ClientSecret: dev.ClientSecret}}
	})
	named := must(a.ProviderOf("shop"))(t)
	ctx, callback := context.Background(), shop.callback
	location, cookie, err := named.BeginRedirect(ctx, callback, "/?season=s")
	if err != nil || !strings.HasPrefix(location, shop.issuer) {
		t.Fatalf("begins at %s: %v", location, err)
	}
	back := choose(t, location, url.Values{"person": {"fan1"}})
	_, _, err = a.FinishRedirect(ctx, callback, cookie, back.Query())
	wantCode(t, err, fault.InvalidCredential)
	user, returnTo, err := named.FinishRedirect(ctx, callback, cookie, back.Query())
	if err != nil || returnTo != "/?season=s" || user.ID == "" {
		t.Errorf("the sign-in at the shop: %v %q %v", user, returnTo, err)
	}
	location, cookie, err = a.BeginRedirect(ctx, google.callback, "/")
	if err != nil {
		t.Fatal(err)
	}
	back = choose(t, location, url.Values{"person": {"fan1"}})
	_, _, err = named.FinishRedirect(ctx, google.callback, cookie, back.Query())
	wantCode(t, err, fault.InvalidCredential)
}

func TestProvidersAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	good := auth.ProviderOptions{Name: "shop", Issuer: "https://login.shop.example", ClientID: "id"}
	for name, list := range map[string][]auth.ProviderOptions{
		"a name of a route": {{Name: "guest", Issuer: good.Issuer, ClientID: "id"}},
		"the first's name":  {{Name: "google", Issuer: good.Issuer, ClientID: "id"}},
		"a name with a dot": {{Name: "shop.example", Issuer: good.Issuer, ClientID: "id"}},
		"no issuer":         {{Name: "shop", ClientID: "id"}},
		"no client":         {{Name: "shop", Issuer: good.Issuer}},
		"a name twice":      {good, {Name: "shop", Issuer: "https://other.example", ClientID: "id"}},
		"an issuer twice":   {good, {Name: "club", Issuer: good.Issuer, ClientID: "id"}},
		"the first's":       {{Name: "shop", Issuer: w.issuer, ClientID: "id"}},
	} {
		o := auth.Options{Redis: w.stores.Redis, Mongo: w.stores.Mongo, Keys: w.keys, Issuer: w.issuer, ClientID: "id", Providers: list}
		if _, err := auth.New(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestAGuestIsABrowser: the cookie brings the same guest back over nodes and sign-outs, no
// other text does, and no list gives a guest a role.
func TestAGuestIsABrowser(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, ""), context.Background()
	a := w.node(t)
	first, cookie, err := a.SignInGuest(ctx, "")
	if err != nil || !first.Guest || first.Email != "" || !strings.HasPrefix(first.Name, "Guest ") {
		t.Fatalf("a guest is %+v: %v", first, err)
	}
	listed := w.node(t, func(o *auth.Options) { o.AdminSubjects, o.AdminEmails = []string{first.ID}, []string{""} })
	again, kept, err := listed.SignInGuest(ctx, cookie)
	if err != nil || again.ID != first.ID || len(again.Roles) != 0 {
		t.Errorf("the cookie brought back %+v, not %s: %v", again, first.ID, err)
	}
	_, token, err := listed.Issue(again)
	session := must(a.Authenticate(ctx, token))(t)
	if err != nil || !session.User.Guest || len(must(listed.Authenticate(ctx, token))(t).User.Roles) != 0 {
		t.Errorf("the guest's session is %+v: %v", session.User, err)
	}
	for name, text := range map[string]string{"a session": token, "rubbish": "x", "bent": kept[:len(kept)-4] + "AAAA"} {
		other, _, err := a.SignInGuest(ctx, text)
		if err != nil || other.ID == first.ID {
			t.Errorf("%s as the cookie: %+v, %v", name, other, err)
		}
	}
	_, err = a.Authenticate(ctx, cookie)
	wantCode(t, err, fault.Unauthenticated)
	w.clock.advance(auth.GuestLife + 1)
	if late, _, err := a.SignInGuest(ctx, cookie); err != nil || late.ID == first.ID {
		t.Errorf("an expired cookie brought back %s: %v", late.ID, err)
	}
}
