package auth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"

	"usher/internal/fault"
	"usher/internal/store"
)

const (
	typRedirect   = "usher-oauth"
	redirectLife  = 10 * time.Minute
	maxReturnPath = 1024 // bytes; the cookie must stay below 4 KiB
)

// redirectClaims carry the state of a sign-in from BeginRedirect to FinishRedirect,
// which may run on another node. They travel in a cookie that only the user's
// browser sees.
type redirectClaims struct {
	jwt.RegisteredClaims
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	ReturnTo string `json:"return"`
	// Provider is the name of the provider; "" is the first, as in cookies of an
	// older version.
	Provider string `json:"provider,omitempty"`
}

// BeginRedirect starts the redirect flow. It returns the provider's URL, and the
// signed value of a short-lived cookie for FinishRedirect (state, nonce, PKCE
// verifier, path to return to). Errors: invalid_credential when no provider is
// configured, unavailable.
func (p *Provider) BeginRedirect(ctx context.Context, redirectURI, returnTo string) (location, cookie string, err error) {
	found, err := p.issuer.discover(ctx)
	if err != nil {
		return "", "", err
	}
	claims := redirectClaims{
		RegisteredClaims: jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(p.auth.o.Now().Add(redirectLife))},
		State:            random(16),
		Nonce:            random(16),
		Verifier:         oauth2.GenerateVerifier(),
		ReturnTo:         localPath(returnTo),
	}
	if !p.first {
		claims.Provider = p.name
	}
	cookie, err = p.auth.o.Keys.Sign(typRedirect, claims)
	if err != nil {
		return "", "", err
	}
	location = p.issuer.oauth(found, redirectURI).AuthCodeURL(claims.State,
		oidc.Nonce(claims.Nonce),
		oauth2.S256ChallengeOption(claims.Verifier),
		// Two people may share a browser, so the provider must ask which account to
		// use.
		oauth2.SetAuthURLParam("prompt", "select_account"))
	return location, cookie, nil
}

// FinishRedirect checks state and nonce, exchanges the code and signs in.
// Errors: as SignIn.
func (p *Provider) FinishRedirect(ctx context.Context, redirectURI, cookie string, query url.Values) (user User, returnTo string, err error) {
	var claims redirectClaims
	if err := p.auth.o.Keys.Verify(typRedirect, cookie, &claims, jwt.WithExpirationRequired(), jwt.WithTimeFunc(p.auth.o.Now)); err != nil {
		return User{}, "", fault.Wrap(fault.InvalidCredential, err, "the sign-in took too long or began in another browser; start again")
	}
	// The answer of one provider is never given to another one (RFC 9700, section 4.4).
	if cmp.Or(claims.Provider, First) != p.name {
		return User{}, "", fault.New(fault.InvalidCredential, "the sign-in began at another provider; start again")
	}
	if claims.State == "" || !same(query.Get("state"), claims.State) {
		return User{}, "", fault.New(fault.InvalidCredential, "the sign-in does not belong to this browser; start again")
	}
	if refused := query.Get("error"); refused != "" {
		return User{}, "", fault.New(fault.InvalidCredential, "the sign-in was not completed (%.40q); start again", refused)
	}
	if query.Get("code") == "" {
		return User{}, "", fault.New(fault.InvalidCredential, "the sign-in provider sent no code; start again")
	}
	if err := p.auth.spendState(ctx, claims.State); err != nil {
		return User{}, "", err
	}
	credential, err := p.issuer.exchange(ctx, query.Get("code"), claims.Verifier, redirectURI)
	if err != nil {
		return User{}, "", err
	}
	user, err = p.signInToken(ctx, credential, &claims.Nonce)
	if err != nil {
		return User{}, "", err
	}
	return user, localPath(claims.ReturnTo), nil
}

// spendState lets a sign-in finish once, so that one cookie cannot cause repeated
// requests to the issuer. Errors: invalid_credential, unavailable.
func (a *Auth) spendState(ctx context.Context, state string) error {
	first, err := a.o.Redis.SetNX(ctx, spentKey(state), "1", redirectLife).Result()
	if err != nil {
		return store.Fault(fmt.Errorf("auth: recording the end of a sign-in: %w", err))
	}
	if !first {
		return fault.New(fault.InvalidCredential, "this sign-in was already finished; start again")
	}
	return nil
}

// localPath returns text if it is a path of this site, otherwise "/". Browsers read
// "//host" and "/\host" as another site, and ignore tabs and newlines.
func localPath(text string) string {
	other := !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || len(text) > maxReturnPath ||
		strings.Contains(text, `\`) || strings.ContainsFunc(text, unicode.IsControl)
	if other {
		return "/"
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "" || u.Host != "" {
		return "/"
	}
	return text
}

func same(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }
