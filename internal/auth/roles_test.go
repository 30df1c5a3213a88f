package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
)

// minted is a session token made by another program that has the signing key.
func (w *world) minted(t *testing.T, overrides jwt.MapClaims) string {
	t.Helper()
	now := w.clock.now()
	claims := jwt.MapClaims{
		"iss": "usher", "aud": "usher", "sub": ada.ID, "sid": "minted-" + t.Name(), "email": ada.Email, "name": "Ada", "roles": []string{},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for name, value := range overrides {
		claims[name] = value
	}
	token, err := w.keys.Sign("JWT", claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestATokenGrantsNoRole: roles are those of the node's lists at the time of the
// request, whatever the token says.
func TestATokenGrantsNoRole(t *testing.T) {
	w := newWorld(t, "")
	listed, struck := w.node(t, adaIsAdmin), w.node(t)
	roles := func(a *auth.Auth, token string) string {
		t.Helper()
		return strings.Join(must(a.Authenticate(context.Background(), token))(t).User.Roles, " ")
	}
	_, token, err := listed.Issue(ada)
	if err != nil {
		t.Fatal(err)
	}
	if got := roles(listed, token); got != "admin" {
		t.Errorf("on the list she is %q", got)
	}
	if got := roles(struck, token); got != "" {
		t.Errorf("taken off the list she is still %q", got)
	}
	if got := roles(struck, w.minted(t, jwt.MapClaims{"roles": []string{"admin", "staff"}})); got != "" {
		t.Errorf("a token's own word made %q", got)
	}
	if got := roles(listed, w.minted(t, nil)); got != "admin" {
		t.Errorf("by an address that the signing key vouches for she is %q", got)
	}

	// An address that the issuer did not verify gives none at any later request either.
	unverified := must(listed.SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"email": ada.Email, "email_verified": false})))(t)
	_, token, err = listed.Issue(unverified)
	if err != nil {
		t.Fatal(err)
	}
	if got := roles(listed, token); got != "" || len(unverified.Roles) != 0 {
		t.Errorf("by an address of somebody else's she is %q", got)
	}
}

func TestASubjectHasTheRolesOfItsLists(t *testing.T) {
	w := newWorld(t, "")
	ctx := context.Background()
	plain := must(w.node(t).SignIn(ctx, w.idToken(t, nil)))(t)
	for name, list := range map[string]func(o *auth.Options){
		"the issuer's subject": func(o *auth.Options) { o.AdminSubjects, o.StaffSubjects = []string{"g-1"}, []string{" g-1 "} },
		"the user's id":        func(o *auth.Options) { o.AdminSubjects, o.StaffSubjects = []string{plain.ID}, []string{plain.ID} },
	} {
		a := w.node(t, list)
		user := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"email_verified": false, "jti": name})))(t)
		if strings.Join(user.Roles, " ") != "admin staff" {
			t.Errorf("by %s: %v", name, user.Roles)
		}
		if other := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"sub": "g-2", "jti": name})))(t); len(other.Roles) != 0 {
			t.Errorf("another subject has %v", other.Roles)
		}
	}
}

// TestLettersBeyondASCIIGiveNoRole: İ, ſ and the Kelvin sign are other letters
// than i, s and k, although Unicode's lower case makes them so.
func TestLettersBeyondASCIIGiveNoRole(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t, func(o *auth.Options) {
		o.AdminEmails, o.StaffEmails = []string{"admin@example.org", "kim@example.org"}, []string{"staff@example.org", "stra\u00dfe@example.org"}
	})
	for _, email := range []string{"adm\u0130n@example.org", "ADM\u0130N@example.org", "\u212Aim@example.org", "\u017Ftaff@example.org", "stra\u00dfe@example.org"} {
		user := must(a.SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"email": email, "jti": email})))(t)
		if len(user.Roles) != 0 {
			t.Errorf("%q has %v", email, user.Roles)
		}
		if got := must(a.Authenticate(context.Background(), w.minted(t, jwt.MapClaims{"email": email})))(t); len(got.User.Roles) != 0 {
			t.Errorf("a token of %q has %v", email, got.User.Roles)
		}
	}
	one, err := a.SignInDev(context.Background(), "adm\u0130n@example.org", "")
	if err == nil && one.ID == must(a.SignInDev(context.Background(), "admin@example.org", ""))(t).ID {
		t.Error("two addresses are one user")
	}
}
