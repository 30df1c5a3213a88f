package auth_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/auth"
	"usher/internal/fault"
)

func TestOnlyAValidIDTokenSignsIn(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	hour := w.clock.now().Add(-time.Hour).Unix()
	sound := w.idToken(t, nil)
	forged := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, jwt.MapClaims{
			"iss": w.issuer, "aud": "usher-dev", "sub": "g-1", "exp": w.clock.now().Add(time.Minute).Unix(),
		})
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	_, session, err := a.Issue(auth.User{ID: "0123456789abcdef01234567"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, token string
		want        fault.Code
	}{
		{"sound", sound, ""},
		{"another audience", w.idToken(t, jwt.MapClaims{"aud": "another-client"}), fault.InvalidCredential},
		{"another issuer", w.idToken(t, jwt.MapClaims{"iss": "https://accounts.example.com"}), fault.InvalidCredential},
		{"expired", w.idToken(t, jwt.MapClaims{"exp": hour}), fault.InvalidCredential},
		{"no expiry", w.idToken(t, jwt.MapClaims{"exp": nil}), fault.InvalidCredential},
		{"no subject", w.idToken(t, jwt.MapClaims{"sub": nil}), fault.InvalidCredential},
		{"issued yesterday", w.idToken(t, jwt.MapClaims{"iat": w.clock.now().Add(-24 * time.Hour).Unix()}), fault.InvalidCredential},
		{"issued tomorrow", w.idToken(t, jwt.MapClaims{"iat": w.clock.now().Add(24 * time.Hour).Unix()}), fault.InvalidCredential},
		{"never issued", w.idToken(t, jwt.MapClaims{"iat": nil}), fault.InvalidCredential},
		{"for several, issued to another", w.idToken(t, jwt.MapClaims{"aud": []string{"usher-dev", "other"}, "azp": "other"}), fault.InvalidCredential},
		{"for several, issued to none", w.idToken(t, jwt.MapClaims{"aud": []string{"usher-dev", "other"}}), fault.InvalidCredential},
		{"for several, issued to us", w.idToken(t, jwt.MapClaims{"aud": []string{"usher-dev", "other"}, "azp": "usher-dev"}), ""},
		{"for us alone, issued to our own app", w.idToken(t, jwt.MapClaims{"azp": "our-app"}), ""},
		{"an e-mail of 10,000 characters", w.idToken(t, jwt.MapClaims{"email": strings.Repeat("a", 10_000) + "@example.org"}), fault.InvalidCredential},
		{"an e-mail with a direction override", w.idToken(t, jwt.MapClaims{"email": "a\u202e@example.org"}), fault.InvalidCredential},
		{"a subject of 300 characters", w.idToken(t, jwt.MapClaims{"sub": strings.Repeat("a", 300)}), fault.InvalidCredential},
		{"changed signature", sound[:len(sound)-8] + "AAAAAAAA", fault.InvalidCredential},
		{"HS256", forged(jwt.SigningMethodHS256, []byte("usher-dev-local-secret")), fault.InvalidCredential},
		{"none", forged(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), fault.InvalidCredential},
		{"our own session token", session, fault.InvalidCredential},
		{"no token", "hello", fault.InvalidCredential},
		{"nothing", "", fault.InvalidCredential},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := a.SignIn(context.Background(), test.token)
			wantCode(t, err, test.want)
		})
	}
}

func TestUsersAreKeyedBySubjectNotByEmail(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	ctx := context.Background()
	first := must(a.SignIn(ctx, w.idToken(t, nil)))(t)
	other := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"sub": "g-2"})))(t)
	if first.ID == other.ID {
		t.Error("the new owner of an e-mail address got the former owner's account")
	}
	moved := must(a.SignIn(ctx, w.idToken(t, jwt.MapClaims{"email": "ada@new.example", "name": "Ada L."})))(t)
	if moved.ID != first.ID || moved.Email != "ada@new.example" || moved.Name != "Ada L." {
		t.Errorf("after a change of address %+v, before %+v", moved, first)
	}
	elsewhere := w.node(t, func(o *auth.Options) { o.Realm = "https://other.example" })
	stranger := must(elsewhere.SignIn(ctx, w.idToken(t, nil)))(t)
	if stranger.ID == first.ID {
		t.Error("two issuers' subjects are one user")
	}
	if names := must(a.Names(ctx, []string{first.ID, other.ID, strings.Repeat("0", 24)}))(t); len(names) != 2 || names[first.ID] != "Ada L." || names[other.ID] != "Ada" {
		t.Errorf("names %v", names)
	}
	_, err := a.Names(ctx, []string{"no id"})
	wantCode(t, err, fault.InvalidRequest)
}

func TestTwoNodesCreateOneUser(t *testing.T) {
	w := newWorld(t, "")
	nodes := []*auth.Auth{w.node(t), w.node(t)}
	const each = 8
	users := make([]auth.User, each*len(nodes))
	tokens := make([]string, len(users))
	for i := range tokens {
		tokens[i] = w.idToken(t, jwt.MapClaims{"jti": i})
	}
	var all sync.WaitGroup
	for i := range users {
		all.Go(func() {
			user, err := nodes[i%len(nodes)].SignIn(context.Background(), tokens[i])
			if err != nil {
				t.Error(err)
			}
			users[i] = user
		})
	}
	all.Wait()
	for _, user := range users {
		if user.ID != users[0].ID {
			t.Errorf("%s and %s", user.ID, users[0].ID)
		}
	}
	found, err := w.stores.Mongo.Collection("users").Find(context.Background(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var docs []bson.M
	if err := found.All(context.Background(), &docs); err != nil {
		t.Fatal(err)
	}
	if len(docs) != 1 {
		t.Fatalf("%d users, want 1", len(docs))
	}
	if doc := docs[0]; doc["googleId"] != "g-1" || doc["email"] != "ada@example.com" || doc["name"] != "Ada" || len(doc) != 5 {
		t.Errorf("stored %v", doc)
	}
	if _, ok := docs[0]["lastActive"].(bson.DateTime); !ok {
		t.Errorf("lastActive is %T", docs[0]["lastActive"])
	}
}

func TestRolesBelongToVerifiedAddresses(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	tests := []struct {
		name, email string
		verified    any
		want        string
	}{
		{"admin, whatever the case", "ADMIN@usher.TEST", true, "admin"},
		{"verified as a string", "admin@usher.test", "true", "admin"},
		{"not verified", "admin@usher.test", false, ""},
		{"not verified as a string", "admin@usher.test", "false", ""},
		{"without email_verified", "admin@usher.test", nil, ""},
		{"staff", "staff@usher.test", true, "staff"},
		{"anybody", "ada@example.com", true, ""},
		{"no address", "", true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			user := must(a.SignIn(context.Background(), w.idToken(t, jwt.MapClaims{"email": test.email, "email_verified": test.verified})))(t)
			if got := strings.Join(user.Roles, " "); got != test.want || user.Roles == nil {
				t.Errorf("roles %q, want %q", got, test.want)
			}
		})
	}
	both := w.node(t, func(o *auth.Options) { o.AdminEmails = []string{"both@usher.test"} })
	user := must(both.SignInDev(context.Background(), "both@usher.test", ""))(t)
	if !user.Has(auth.RoleAdmin) || !user.Has(auth.RoleStaff) {
		t.Errorf("roles %v", user.Roles)
	}
}

func TestDevSignInTakesPlainAddresses(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 97) // 255 with the last letter
	tests := []struct {
		name, email, called string
		want                fault.Code
		wantName            string
	}{
		{"both", "ada@example.com", "Ada", "", "Ada"},
		{"spaces around the name", "ada@example.com", "  Ada  ", "", "Ada"},
		{"no name", "ada@example.com", "", "", "ada"},
		{"a name of spaces", "ada@example.com", "   ", "", "ada"},
		{"a hundred characters", "ada@example.com", strings.Repeat("ä", 100), "", strings.Repeat("ä", 100)},
		{"a hundred and one", "ada@example.com", strings.Repeat("ä", 101), fault.InvalidRequest, ""},
		{"a line break in the name", "ada@example.com", "A\nda", fault.InvalidRequest, ""},
		{"no UTF-8", "ada@example.com", "\xff", fault.InvalidRequest, ""},
		{"a name with a direction override", "ada@example.com", "Ada\u202e", fault.InvalidRequest, ""},
		{"an invisible name", "ada@example.com", "\u3164", fault.InvalidRequest, ""},
		{"no address", "ada", "Ada", fault.InvalidRequest, ""},
		{"empty", "", "Ada", fault.InvalidRequest, ""},
		{"with a display name", "Ada <ada@example.com>", "Ada", fault.InvalidRequest, ""},
		{"in brackets", "<ada@example.com>", "Ada", fault.InvalidRequest, ""},
		{"two", "a@example.com, b@example.com", "Ada", fault.InvalidRequest, ""},
		{"with a line break", "ada@example.com\r\nBcc: x", "Ada", fault.InvalidRequest, ""},
		{"254 characters", long[:254-1] + "c", "Ada", "", "Ada"},
		{"255 characters", long + "c", "Ada", fault.InvalidRequest, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			user, err := a.SignInDev(context.Background(), test.email, test.called)
			wantCode(t, err, test.want)
			if user.Name != test.wantName {
				t.Errorf("name %q, want %q", user.Name, test.wantName)
			}
		})
	}
}

func TestDevSignInAndTheLocalProviderLeadToOneUser(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	ctx := context.Background()
	byPage := must(a.SignInCode(ctx, w.code(t, "verifier-verifier-verifier-verifier-verifier", "fan1"), "verifier-verifier-verifier-verifier-verifier", w.callback))(t)
	byMail := must(a.SignInDev(ctx, "Fan1@usher.test", "Fan 1"))(t)
	if byPage.ID != byMail.ID {
		t.Error("the same person is two users")
	}

	// After a restart the provider may have another address.
	var ids []string
	for _, issuer := range []string{"http://127.0.0.1:1/dev/openid", "http://127.0.0.1:2/dev/openid"} {
		a := w.node(t, func(o *auth.Options) { o.Issuer, o.Realm = issuer, "local" })
		ids = append(ids, must(a.SignInDev(ctx, "fan1@usher.test", "Fan 1"))(t).ID)
	}
	if ids[0] != ids[1] {
		t.Error("with a realm, a user still depends on the issuer's address")
	}
}

func TestACodeIsValidOnceForItsOwnVerifier(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	ctx := context.Background()
	const verifier = "a-verifier-of-at-least-forty-three-characters"
	user := must(a.SignInCode(ctx, w.code(t, verifier, "admin"), verifier, w.callback))(t)
	if user.Email != "admin@usher.test" || user.Name != "Admin" || !user.Has(auth.RoleAdmin) {
		t.Errorf("%+v", user)
	}

	used := w.code(t, verifier, "fan1")
	must(a.SignInCode(ctx, used, verifier, w.callback))(t)
	_, err := a.SignInCode(ctx, used, verifier, w.callback)
	wantCode(t, err, fault.InvalidCredential)

	_, err = a.SignInCode(ctx, w.code(t, verifier, "fan1"), verifier+"x", w.callback)
	wantCode(t, err, fault.InvalidCredential)

	_, err = a.SignInCode(ctx, w.code(t, verifier, "fan1"), verifier, w.callback+"2")
	wantCode(t, err, fault.InvalidCredential)

	stolen := w.code(t, verifier, "fan1")
	_, err = a.SignInCode(ctx, stolen, "", w.callback)
	wantCode(t, err, fault.InvalidCredential)
	_, err = a.SignInCode(ctx, stolen, verifier, w.callback)
	wantCode(t, err, fault.InvalidCredential) // a failed attempt uses the code

	old := w.code(t, verifier, "fan1")
	w.clock.advance(61 * time.Second)
	_, err = a.SignInCode(ctx, old, verifier, w.callback)
	wantCode(t, err, fault.InvalidCredential)
}

func TestAWrongClientSecretIsAnOperatorsError(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t, func(o *auth.Options) { o.ClientSecret = "wrong" })
	const verifier = "a-verifier-of-at-least-forty-three-characters"
	_, err := a.SignInCode(context.Background(), w.code(t, verifier, "fan1"), verifier, w.callback)
	wantCode(t, err, fault.Internal)
}

func TestWithoutAClientSignInByProviderIsRefused(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t, func(o *auth.Options) { o.ClientID = "" })
	_, err := a.SignIn(context.Background(), w.idToken(t, nil))
	wantCode(t, err, fault.InvalidCredential)
	_, _, err = a.BeginRedirect(context.Background(), w.callback, "/")
	wantCode(t, err, fault.InvalidCredential)
}

func TestAnUnreachableIssuerIsUnavailableAndRetried(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	ctx := context.Background()
	w.broken.set(true)
	_, err := a.SignIn(ctx, w.idToken(t, nil))
	wantCode(t, err, fault.Unavailable)
	_, _, err = a.BeginRedirect(ctx, w.callback, "/")
	wantCode(t, err, fault.Unavailable)

	w.broken.set(false)
	w.clock.advance(2 * time.Second) // the pause after a failure is over
	if _, _, err := a.BeginRedirect(ctx, w.callback, "/"); err != nil {
		t.Fatal("the issuer is back, but:", err)
	}

	// The keys are fetched after the discovery, and may fail on their own.
	w.broken.set(true)
	_, err = a.SignIn(ctx, w.idToken(t, nil))
	wantCode(t, err, fault.Unavailable)
	_, err = a.SignInCode(ctx, "code", "verifier", w.callback)
	wantCode(t, err, fault.Unavailable)
	w.broken.set(false)
	w.clock.advance(2 * time.Second)
	must(a.SignIn(ctx, w.idToken(t, nil)))(t)

	gone := httptest.NewServer(nil)
	gone.Close()
	nowhere := w.node(t, func(o *auth.Options) { o.Issuer = gone.URL })
	_, err = nowhere.SignIn(ctx, w.idToken(t, nil))
	wantCode(t, err, fault.Unavailable)
}

func TestSigningInWithoutMongoDBIsUnavailable(t *testing.T) {
	w := newWorld(t, "")
	a := w.node(t)
	hungUp, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := a.SignInDev(hungUp, "ada@example.com", "Ada")
	wantCode(t, err, fault.Unavailable)
	_, err = a.Names(hungUp, []string{strings.Repeat("0", 24)})
	wantCode(t, err, fault.Unavailable)
}

func TestNewNamesEverythingThatIsMissing(t *testing.T) {
	_, err := auth.New(auth.Options{ClientID: "x"})
	for _, want := range []string{"Redis", "Mongo", "keys", "issuer"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
