package auth

import (
	"context"
	"net/mail"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// maxEmail is the longest e-mail address there can be (RFC 5321).
const maxEmail = 254

// SignIn verifies an ID token with the issuer and creates or updates its user. A
// token signs in three times at most, within two minutes, over all nodes: once, and
// again for an answer that was lost.
// Errors: invalid_credential, unavailable (the issuer or a store).
func (a *Auth) SignIn(ctx context.Context, credential string) (User, error) {
	claims, err := a.issuer.verify(ctx, credential)
	if err != nil {
		return User{}, err
	}
	if err := a.spendCredential(ctx, credential, claims.expires); err != nil {
		return User{}, err
	}
	return a.vouched(ctx, claims)
}

// SignInCode exchanges an authorization code (PKCE S256) and signs in with the
// ID token it yields. Errors: as SignIn.
func (a *Auth) SignInCode(ctx context.Context, code, codeVerifier, redirectURI string) (User, error) {
	credential, err := a.issuer.exchange(ctx, code, codeVerifier, redirectURI)
	if err != nil {
		return User{}, err
	}
	return a.signInToken(ctx, credential, nil)
}

// signInToken verifies an ID token; a nonce, if given, must stand in it.
func (a *Auth) signInToken(ctx context.Context, credential string, nonce *string) (User, error) {
	claims, err := a.issuer.verify(ctx, credential)
	if err != nil {
		return User{}, err
	}
	if nonce != nil && !same(claims.Nonce, *nonce) {
		return User{}, fault.New(fault.InvalidCredential, "the sign-in does not belong to this browser; start again")
	}
	return a.vouched(ctx, claims)
}

// vouched signs in whom the issuer vouches for.
func (a *Auth) vouched(ctx context.Context, claims idClaims) (User, error) {
	return a.signedIn(ctx, identity{
		realm: a.o.Realm, subject: claims.Subject,
		email: claims.Email, name: claims.Name, verified: bool(claims.EmailVerified),
	})
}

// SignInDev signs in anybody by e-mail and name; usher-dev only. An empty name
// becomes the e-mail's local part. The subject "dev:<e-mail>" is the local
// provider's, too, so that both ways lead to one user. Errors: invalid_request, unavailable.
func (a *Auth) SignInDev(ctx context.Context, email, name string) (User, error) {
	if !plainAddress(email) {
		return User{}, fault.New(fault.InvalidRequest, "email is no plain e-mail address of at most %d characters", maxEmail)
	}
	if name = strings.TrimSpace(name); name != "" {
		if err := text.CheckName(name, maxName); err != nil {
			return User{}, fault.New(fault.InvalidRequest, "name %v", err)
		}
	}
	return a.signedIn(ctx, identity{
		realm: a.o.Realm, subject: "dev:" + text.Fold(email),
		email: email, name: name, verified: true,
	})
}

// plainAddress reports whether address is an e-mail address and nothing else: no
// display name, no comment, no quoting.
func plainAddress(address string) bool {
	if len(address) > maxEmail {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Name == "" && parsed.Address == address
}
