package keys

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// Public is the half of a ring that verifies, and all that a gate without a
// server needs. It is immutable and safe for concurrent use.
type Public struct {
	public map[string]ed25519.PublicKey // by kid
	order  []string                     // kids, a ring's signing one first
}

// jwk is one key of a JSON Web Key Set (RFC 7517), in the form of RFC 8037.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	Kid string `json:"kid"`
	X   string `json:"x"`
}

// ReadJWKS reads the key set that /.well-known/jwks.json publishes. Keys of
// other kinds are passed over, as RFC 7517 asks of a reader; a set without any
// that verifies is an error.
func ReadJWKS(text []byte) (*Public, error) {
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
		pub, err := base64.RawURLEncoding.Strict().DecodeString(key.X)
		if err != nil || len(pub) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("keys: the key %.64q of the set is damaged", key.Kid)
		}
		p.add(key.Kid, pub)
	}
	if len(p.order) == 0 {
		return nil, errors.New("keys: the set has no Ed25519 key")
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
func (p *Public) JWKS() []byte {
	set := struct {
		Keys []jwk `json:"keys"`
	}{}
	for _, kid := range p.order {
		set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", "EdDSA", "sig", kid, base64.RawURLEncoding.EncodeToString(p.public[kid])})
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic("keys: a JWKS always encodes: " + err.Error())
	}
	return text
}
