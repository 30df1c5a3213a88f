package auth

import (
	"context"
	"net/mail"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
)

// devName is the local provider of usher-dev, and the prefix of its subjects.
const devName = "dev"

// maxEmail is the longest e-mail address (RFC 5321).
const maxEmail = 254

// SignIn verifies an ID token with the issuer and creates or updates its user. A
// token signs in at most three times within two minutes, over all nodes, so that a
// client can repeat a request whose answer was lost. Errors: invalid_credential,
// unavailable (the issuer or a store).
func (p *Provider) SignIn(ctx context.Context, credential string) (User, error) {
	claims, err := p.issuer.verify(ctx, credential)
	if err != nil {
		return User{}, err
	}
	if err := p.auth.spendCredential(ctx, credential, claims.expires); err != nil {
		return User{}, err
	}
	return p.vouched(ctx, claims)
}

// SignInCode exchanges an authorization code (PKCE S256) and signs in with the ID
// token. Errors: as SignIn.
func (p *Provider) SignInCode(ctx context.Context, code, codeVerifier, redirectURI string) (User, error) {
	credential, err := p.issuer.exchange(ctx, code, codeVerifier, redirectURI)
	if err != nil {
		return User{}, err
	}
	return p.signInToken(ctx, credential, nil)
}

// signInToken verifies an ID token, which must contain the nonce if one is given.
func (p *Provider) signInToken(ctx context.Context, credential string, nonce *string) (User, error) {
	claims, err := p.issuer.verify(ctx, credential)
	if err != nil {
		return User{}, err
	}
	if nonce != nil && !same(claims.Nonce, *nonce) {
		return User{}, fault.New(fault.InvalidCredential, "the sign-in does not belong to this browser; start again")
	}
	return p.vouched(ctx, claims)
}

// vouched signs in the user of a verified ID token.
func (p *Provider) vouched(ctx context.Context, claims idClaims) (User, error) {
	return p.auth.signedIn(ctx, identity{
		realm: p.realm, subject: claims.Subject,
		email: claims.Email, name: claims.Name, confirmed: bool(claims.EmailVerified), verified: bool(claims.EmailVerified) && p.first,
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
		realm: a.o.Realm, subject: devName + ":" + text.Fold(email),
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
