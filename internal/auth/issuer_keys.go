package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysPause   = 10 * time.Second // between two fetches while there are keys
	keysFailed  = time.Second      // between two fetches after a failure
	keysAge     = time.Hour        // older keys are fetched again, because the issuer may have withdrawn one
	maxKeysText = 1 << 20
)

// errUnknownKey: no key of the issuer has signed the token.
var errUnknownKey = errors.New("the token is not signed by a key of the issuer")

// issuerKeys are the issuer's public keys. They are fetched at first use, when they
// are old, and when a token names an unknown key; the last at most once per
// keysPause, so that forged tokens cause no load at the issuer. Safe for concurrent
// use.
type issuerKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // held while fetching, so that all callers wait for one fetch
	keys    []jose.JSONWebKey
	fetched time.Time // the last success
	tried   time.Time
	failed  error // of the last attempt
}

// unreachableError is why the issuer's keys could not be fetched.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// VerifySignature implements oidc.KeySet.
func (k *issuerKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, fmt.Errorf("not a signed token: %w", err)
	}
	kid := signed.Signatures[0].Header.KeyID
	candidates, err := k.candidates(ctx, kid)
	if err != nil {
		return nil, err
	}
	for i := range candidates {
		if payload, err := signed.Verify(&candidates[i]); err == nil {
			return payload, nil
		}
	}
	return nil, errUnknownKey
}

// watchedKeys records, for one verification, whether the issuer's keys could not be
// fetched. The verifier's own error does not wrap that error.
type watchedKeys struct {
	keys        *issuerKeys
	unreachable error
}

func (w *watchedKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, token)
	if away := (unreachableError{}); errors.As(err, &away) {
		w.unreachable = away
	}
	return payload, err
}

// candidates returns the keys that may have signed a token with this key id.
func (k *issuerKeys) candidates(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	found := k.named(kid)
	old := now.Sub(k.fetched) > keysAge
	if len(found) > 0 && !old {
		return found, nil
	}
	pause := keysPause
	if k.failed != nil {
		pause = keysFailed
	}
	if !k.tried.IsZero() && now.Sub(k.tried) < pause {
		if len(k.keys) == 0 && k.failed != nil {
			return nil, unreachableError{k.failed}
		}
		return found, nil
	}
	keys, err := k.fetch(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, unreachableError{ctx.Err()} // the caller hung up, which says nothing about the issuer
	}
	k.tried, k.failed = now, err
	if err == nil {
		k.keys, k.fetched = keys, now
		return k.named(kid), nil
	}
	if len(found) > 0 { // old keys are better than none
		return found, nil
	}
	return nil, unreachableError{err}
}

// named returns the keys with a key id; without a key id all keys.
func (k *issuerKeys) named(kid string) (found []jose.JSONWebKey) {
	for _, key := range k.keys {
		if kid == "" || key.KeyID == kid {
			found = append(found, key)
		}
	}
	return found
}

func (k *issuerKeys) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer's keys: %s", answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxKeysText))
	if err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("the issuer's keys: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, key := range set.Keys {
		if key.Use != "enc" && key.IsPublic() && key.Valid() {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
