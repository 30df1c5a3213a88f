package auth

import (
	"context"
	"net/mail"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// maxEmail is the longest e-mail address (RFC 5321).
const maxEmail = 254

// SignIn verifies an ID token with the issuer and creates or updates its user. A
// token signs in at most three times within two minutes, over all nodes, so that a
// client can repeat a request whose answer was lost. Errors: invalid_credential,
// unavailable (the issuer or a store).
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

// SignInCode exchanges an authorization code (PKCE S256) and signs in with the ID
// token. Errors: as SignIn.
func (a *Auth) SignInCode(ctx context.Context, code, codeVerifier, redirectURI string) (User, error) {
	credential, err := a.issuer.exchange(ctx, code, codeVerifier, redirectURI)
	if err != nil {
		return User{}, err
	}
	return a.signInToken(ctx, credential, nil)
}

// signInToken verifies an ID token, which must contain the nonce if one is given.
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

// vouched signs in the user of a verified ID token.
func (a *Auth) vouched(ctx context.Context, claims idClaims) (User, error) {
	return a.signedIn(ctx, identity{
		realm: a.o.Realm, subject: claims.Subject,
		email: claims.Email, name: claims.Name, verified: bool(claims.EmailVerified),
	})
}

// SignInDev signs in any user by e-mail and name; for usher-dev only. An empty name
// becomes the e-mail's local part. The local provider uses the same subject
// "dev:<e-mail>", so both ways lead to the same user. Errors: invalid_request,
// unavailable.
func (a *Auth) SignInDev(ctx context.Context, email, name string) (User, error) {
	if !plainAddress(email) {
		return User{}, fault.New(fault.InvalidRequest, "email must be a plain e-mail address of at most %d characters", maxEmail)
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

// plainAddress reports whether address is an e-mail address only: no display name,
// comment or quoting.
func plainAddress(address string) bool {
	if len(address) > maxEmail {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Name == "" && parsed.Address == address
}
