package keys

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// Purpose is what a key is for, "usher_use" in the key set.
type Purpose string

// The purposes. The zero Purpose is a ring's before it is made one [Ring.For] a
// purpose.
const (
	Session Purpose = "session" // session tokens, places, sign-ins under way
	Ticket  Purpose = "ticket"  // tickets, void lists
)

// kid is the key id of a key for this purpose. That of tickets is the key's
// thumbprint, as it was when keys had no purpose: tickets live longest, and those
// that name it stay verifiable.
func (p Purpose) kid(pub ed25519.PublicKey) string {
	kid := thumbprint(pub)
	if p != Session {
		return kid
	}
	sum := sha256.Sum256([]byte("usher session key\n" + kid))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Public is the half of a ring that verifies, and all that a gate without a
// server needs. It is immutable and safe for concurrent use.
type Public struct {
	public  map[string]ed25519.PublicKey // by kid
	order   []string                     // the kids that are published, a ring's signing one first
	purpose Purpose
}

// of returns the same keys for one purpose. A session token may also name its
// key's thumbprint: such were issued when keys had no purpose, and other programs
// may still mint them.
func (p *Public) of(purpose Purpose) *Public {
	other := &Public{purpose: purpose}
	for _, kid := range p.order {
		other.add(purpose.kid(p.public[kid]), p.public[kid])
	}
	if purpose == Session {
		for _, kid := range other.order {
			other.public[thumbprint(other.public[kid])] = other.public[kid]
		}
	}
	return other
}

// jwk is one key of a JSON Web Key Set (RFC 7517), in the form of RFC 8037.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	Kid string `json:"kid"`
	X   string `json:"x"`
	// For is this server's word for what the key is for; a set of an older server
	// has none, and its keys are for everything.
	For Purpose `json:"usher_use,omitempty"`
}

// ReadJWKS reads the keys for one purpose from the key set that
// /.well-known/jwks.json publishes. Keys of other kinds and for other purposes are
// passed over, as RFC 7517 asks of a reader; a set without any that verifies is an
// error.
func ReadJWKS(text []byte, purpose Purpose) (*Public, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("keys: this is no JSON Web Key Set: %w", err)
	}
	p := &Public{}
	for _, key := range set.Keys {
		if key.Kty != "OKP" || key.Crv != "Ed25519" || key.Kid == "" || key.Use == "enc" {
			continue
		}
		if key.For != "" && key.For != purpose {
			continue
		}
		if key.For != "" {
			p.purpose = key.For
		}
		pub, err := base64.RawURLEncoding.Strict().DecodeString(key.X)
		if err != nil || len(pub) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("keys: the key %.64q of the set is damaged", key.Kid)
		}
		p.add(key.Kid, pub)
	}
	if len(p.order) == 0 {
		return nil, fmt.Errorf("keys: the set has no Ed25519 key for a %s", purpose)
	}
	return p, nil
}

// add adds a key; a kid that is known keeps its first.
func (p *Public) add(kid string, pub ed25519.PublicKey) {
	if _, known := p.public[kid]; known {
		return
	}
	if p.public == nil {
		p.public = map[string]ed25519.PublicKey{}
	}
	p.public[kid] = pub
	p.order = append(p.order, kid)
}

// Verify checks a compact JWS of the given typ by one of the keys and fills
// claims, whose registered fields the options check further.
func (p *Public) Verify(typ, token string, claims jwt.Claims, options ...jwt.ParserOption) error {
	options = append(options, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithStrictDecoding())
	_, err := jwt.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if got, _ := t.Header["typ"].(string); got != typ {
			return nil, fmt.Errorf("keys: typ is %q, want %q", got, typ)
		}
		kid, _ := t.Header["kid"].(string)
		pub, ok := p.public[kid]
		if !ok {
			return nil, errors.New("keys: unknown kid")
		}
		return pub, nil
	}, options...)
	return err
}

// JWKS is the keys as a JSON Web Key Set.
func (p *Public) JWKS() []byte { return JWKS(p) }

// JWKS is one JSON Web Key Set of several keys' sets, an entry per key and
// purpose.
func JWKS(sets ...*Public) []byte {
	set := struct {
		Keys []jwk `json:"keys"`
	}{}
	for _, p := range sets {
		for _, kid := range p.order {
			set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", "EdDSA", "sig", kid, base64.RawURLEncoding.EncodeToString(p.public[kid]), p.purpose})
		}
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic("keys: a JWKS always encodes: " + err.Error())
	}
	return text
}
