package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
)

// minted returns a session token of another program that has the signing key.
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

// TestATokenGrantsNoRole: the node's lists decide roles at each request; the token's
// roles are ignored.
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
		t.Errorf("with the address on the list, the role is %q", got)
	}
	if got := roles(struck, token); got != "" {
		t.Errorf("after removing the address from the list, the role is %q", got)
	}
	if got := roles(struck, w.minted(t, jwt.MapClaims{"roles": []string{"admin", "staff"}})); got != "" {
		t.Errorf("the token's own claim gave the role %q", got)
	}
	byEmail := w.node(t, func(o *auth.Options) { o.DeskEmails = []string{ada.Email} })
	if got := roles(byEmail, token); got != "desk" {
		t.Errorf("with the address on the list of the desk, the role is %q", got)
	}
	if got := roles(listed, w.minted(t, nil)); got != "admin" {
		t.Errorf("with an address in a token of the signing key, the role is %q", got)
	}

	// An address that the issuer did not verify gives no role at later requests either.
	unverified := must(listed.SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"email": ada.Email, "email_verified": false})))(t)
	_, token, err = listed.Issue(unverified)
	if err != nil {
		t.Fatal(err)
	}
	if got := roles(listed, token); got != "" || len(unverified.Roles) != 0 {
		t.Errorf("with an unverified address, the role is %q", got)
	}
}

func TestASubjectHasTheRolesOfItsLists(t *testing.T) {
	w := newWorld(t, "")
	ctx := context.Background()
	plain := must(w.node(t).SignIn(ctx, w.idToken(t, nil)))(t)
	for name, list := range map[string]func(o *auth.Options){
		"the issuer's subject": func(o *auth.Options) {
			o.AdminSubjects, o.StaffSubjects, o.DeskSubjects = []string{"g-1"}, []string{" g-1 "}, []string{"g-1"}
		},
		"the user's id": func(o *auth.Options) {
			o.AdminSubjects, o.StaffSubjects, o.DeskSubjects = []string{plain.ID}, []string{plain.ID}, []string{plain.ID}
		},
	} {
		a := w.node(t, list)
		user := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"email_verified": false, "jti": name})))(t)
		if strings.Join(user.Roles, " ") != "admin staff desk" {
			t.Errorf("by %s: %v", name, user.Roles)
		}
		if other := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"sub": "g-2", "jti": name})))(t); len(other.Roles) != 0 {
			t.Errorf("another subject has %v", other.Roles)
		}
	}
}

// TestLettersBeyondASCIIGiveNoRole: Unicode's lower case turns İ, ſ and the Kelvin
// sign into i, s and k, but they are different letters.
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

// TestTheAuditLogNamesEveryMember of the staff, also one whose provider tells no address.
func TestTheAuditLogNamesEveryMember(t *testing.T) {
	const id = "0123456789abcdef01234567"
	if got := (auth.User{ID: id, Email: "ada@example.com"}).Signature(); got != "ada@example.com" {
		t.Errorf("with an address: %q", got)
	}
	if got := (auth.User{ID: id}).Signature(); got != id {
		t.Errorf("without: %q", got)
	}
}
