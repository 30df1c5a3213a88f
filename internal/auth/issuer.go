package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"usher/internal/fault"
)

const (
	issuerTimeout = 5 * time.Second // the time-out of one request to the issuer
	issuerPause   = time.Second     // after a failed discovery, before the next attempt
)

// issuer is the client of the OpenID provider. Safe for concurrent use.
type issuer struct {
	url, clientID, clientSecret string
	client                      *http.Client
	now                         func() time.Time

	turn chan struct{} // has a token while the fields below are read or written
	// discovered is nil until the provider has answered.
	discovered *discovered
	failed     error
	failedAt   time.Time
}

// discovered is the provider's configuration.
type discovered struct {
	endpoint oauth2.Endpoint
	keys     *issuerKeys
}

func newIssuer(url, clientID, clientSecret string, now func() time.Time) *issuer {
	return &issuer{
		url: url, clientID: clientID, clientSecret: clientSecret,
		client: &http.Client{Timeout: issuerTimeout, Transport: http.DefaultTransport.(*http.Transport).Clone()},
		now:    now,
		turn:   make(chan struct{}, 1),
	}
}

// discover returns the provider's configuration. It asks the provider at the first
// call, and again after a failure. Callers that waited for an attempt that failed
// fail with it, so that they do not wait for a silent issuer one after another.
func (i *issuer) discover(ctx context.Context) (*discovered, error) {
	if i.clientID == "" {
		return nil, fault.New(fault.InvalidCredential, "signing in with Google is not configured on this server")
	}
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
	case <-ctx.Done():
		return nil, i.unreachable(ctx.Err())
	}
	if i.discovered != nil {
		return i.discovered, nil
	}
	if i.failed != nil && i.now().Sub(i.failedAt) < issuerPause {
		return nil, i.unreachable(i.failed)
	}
	provider, err := oidc.NewProvider(i.context(ctx), i.url)
	var endpoints struct {
		Keys string `json:"jwks_uri"`
	}
	if err == nil {
		err = provider.Claims(&endpoints)
	}
	if err != nil {
		if ctx.Err() == nil { // a caller that hung up says nothing about the issuer
			i.failed, i.failedAt = err, i.now()
		}
		return nil, i.unreachable(err)
	}
	i.failed = nil
	i.discovered = &discovered{
		endpoint: provider.Endpoint(),
		keys:     &issuerKeys{url: endpoints.Keys, client: i.client, now: i.now},
	}
	return i.discovered, nil
}

// TryIssuer asks the issuer of the options for its configuration and its keys, as
// before the first sign-in. Errors: it does not answer, or has no key.
func TryIssuer(ctx context.Context, o Options) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	i := newIssuer(o.Issuer, o.ClientID, o.ClientSecret, o.Now)
	defer i.client.CloseIdleConnections()
	found, err := i.discover(ctx)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			return cause // for the operator, not for a fan
		}
		return err
	}
	usable, err := found.keys.fetch(ctx)
	if err == nil && len(usable) == 0 {
		err = errors.New("the issuer publishes no key that verifies ID tokens")
	}
	return err
}

func (i *issuer) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, i.client)
}

func (i *issuer) unreachable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the sign-in provider does not answer; try again")
}

// idClaims are the claims of an ID token that auth reads.
type idClaims struct {
	Subject       string   `json:"sub"`
	Party         string   `json:"azp"`
	Nonce         string   `json:"nonce"`
	Email         string   `json:"email"`
	EmailVerified flexBool `json:"email_verified"`
	Name          string   `json:"name"`

	expires time.Time
}

// flexBool is a boolean that some providers send as a string.
type flexBool bool

func (b *flexBool) UnmarshalJSON(text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	*b = value == true || value == "true"
	return nil
}

// verify checks an ID token's signature, issuer, audience and expiry.
func (i *issuer) verify(ctx context.Context, token string) (idClaims, error) {
	found, err := i.discover(ctx)
	if err != nil {
		return idClaims{}, err
	}
	watched := &watchedKeys{keys: found.keys}
	verifier := oidc.NewVerifier(i.url, watched, &oidc.Config{
		ClientID: i.clientID,
		// Asymmetric algorithms only, so that a public key cannot be used as the
		// secret of a symmetric signature.
		SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.EdDSA},
		Now:                  i.now,
	})
	checked, err := verifier.Verify(ctx, token)
	if err != nil {
		if watched.unreachable != nil {
			return idClaims{}, i.unreachable(watched.unreachable)
		}
		return idClaims{}, fault.Wrap(fault.InvalidCredential, err, "the credential is not valid; sign in again")
	}
	var claims idClaims
	if err := checked.Claims(&claims); err != nil {
		return idClaims{}, fault.Wrap(fault.InvalidCredential, err, "the credential has invalid claims")
	}
	claims.expires = checked.Expiry
	return claims, i.check(claims, checked)
}

const (
	maxTokenAge = time.Hour   // the oldest ID token that signs in
	issuerSkew  = time.Minute // how far the issuer's clock may be ahead
	maxSubject  = 255         // OpenID Connect Core, section 2
)

// check checks what go-oidc leaves to its caller (OpenID Connect Core, section
// 3.1.3.7), and that the values can be stored.
func (i *issuer) check(claims idClaims, token *oidc.IDToken) error {
	age := i.now().Sub(token.IssuedAt)
	refuse := func(format string, args ...any) error { return fault.New(fault.InvalidCredential, format, args...) }
	switch {
	case claims.Subject == "":
		return refuse("the credential has no subject")
	case len(claims.Subject) > maxSubject || !utf8.ValidString(claims.Subject):
		return refuse("the credential's subject has more than %d characters", maxSubject)
	case len(token.Audience) > 1 && claims.Party != i.clientID:
		return refuse("the credential was issued to another client")
	case token.IssuedAt.Unix() <= 0:
		return refuse("the credential has no time of issue")
	case age > maxTokenAge || age < -issuerSkew:
		return refuse("the credential was issued more than %v ago, or in the future; sign in again", maxTokenAge)
	case len(claims.Email) > maxEmail:
		return refuse("the credential's e-mail address has more than %d characters", maxEmail)
	case strings.ContainsFunc(claims.Email, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return refuse("the credential's e-mail address has invisible characters")
	}
	return nil
}

// oauth returns the configuration for golang.org/x/oauth2.
func (i *issuer) oauth(found *discovered, redirectURI string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.clientID, ClientSecret: i.clientSecret,
		Endpoint: found.endpoint, RedirectURL: redirectURI,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// exchange exchanges an authorization code for an ID token.
func (i *issuer) exchange(ctx context.Context, code, verifier, redirectURI string) (string, error) {
	found, err := i.discover(ctx)
	if err != nil {
		return "", err
	}
	token, err := i.oauth(found, redirectURI).Exchange(i.context(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", i.refusal(err)
	}
	credential, _ := token.Extra("id_token").(string)
	if credential == "" {
		return "", fault.New(fault.InvalidCredential, "the sign-in provider sent no ID token")
	}
	return credential, nil
}

// refusal interprets a failed exchange: an invalid code, a client that the provider
// rejects (for the operator to mend), or no answer.
func (i *issuer) refusal(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return i.unreachable(err)
	}
	switch status := refused.Response.StatusCode; {
	case refused.ErrorCode == "invalid_client", refused.ErrorCode == "unauthorized_client":
		return fmt.Errorf("auth: the issuer rejects this client: check the client id and secret: %w", err)
	case status >= 500, status == http.StatusTooManyRequests:
		return i.unreachable(err)
	}
	return fault.Wrap(fault.InvalidCredential, err, "the sign-in code is not valid any more; start again")
}
