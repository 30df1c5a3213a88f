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
	keysPause   = 10 * time.Second // at least this long between two fetches of keys that are there
	keysFailed  = time.Second      // the same after a fetch that failed
	keysAge     = time.Hour        // older keys are fetched again, for an issuer may withdraw one
	maxKeysText = 1 << 20
)

// errUnknownKey is a token that no key of the issuer's has signed.
var errUnknownKey = errors.New("the token is signed by no key of the issuer's")

// issuerKeys are the issuer's public keys. They are fetched when they are first
// needed, when they are old, and when a token names one that is not among them; the
// last at most once in keysPause, so that made-up tokens cost the issuer nothing.
// Safe for concurrent use.
type issuerKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // held while fetching: those who need the keys wait for one fetch
	keys    []jose.JSONWebKey
	fetched time.Time // successfully
	tried   time.Time
	failed  error // of the last try
}

// unreachableError is why the issuer's keys could not be had.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// VerifySignature is oidc.KeySet's.
func (k *issuerKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, fmt.Errorf("no signed token: %w", err)
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

// watchedKeys remembers, for one verification, whether the issuer's keys could not
// be had: the verifier's own error does not wrap theirs.
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

// candidates are the keys that a token with this key id may be signed by.
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

// named returns the keys with a key id. A token without one may be signed by any.
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
