package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Purpose is the use of a key, "usher_use" in the key set.
type Purpose string

// The purposes. The zero Purpose belongs to a ring before [Ring.For].
const (
	Session Purpose = "session" // session tokens, places, sign-ins in progress
	Ticket  Purpose = "ticket"  // tickets, void lists
)

// kid returns the key id of a key for this purpose. A ticket key's id is its
// thumbprint, as it was before keys had purposes, because old tickets must stay
// verifiable.
func (p Purpose) kid(pub ed25519.PublicKey) string {
	kid := thumbprint(pub)
	if p != Session {
		return kid
	}
	sum := sha256.Sum256([]byte("usher session key\n" + kid))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Public is the verifying half of a ring. A gate without a server needs only this.
// It is immutable and safe for concurrent use.
type Public struct {
	public  map[string]ed25519.PublicKey // by kid
	order   []string                     // the published kids, a ring's signing one first
	byID    map[ID][]ed25519.PublicKey   // two keys with the same ID are possible, and both verify
	purpose Purpose
}

// ID names a key in signatures that are not a JWS: the first bytes of the SHA-256 of the
// raw public key. It does not depend on the purpose.
type ID [4]byte

func idOf(pub ed25519.PublicKey) ID {
	sum := sha256.Sum256(pub)
	return ID(sum[:])
}

// The errors of [Public.VerifyBytes].
var (
	ErrUnknownKey = errors.New("keys: unknown key id")
	ErrSignature  = errors.New("keys: the signature is wrong")
)

// VerifyBytes verifies an Ed25519 signature over a message with a key of the given id.
// Errors: ErrUnknownKey, ErrSignature.
func (p *Public) VerifyBytes(id ID, message, signature []byte) error {
	pubs := p.byID[id]
	if len(pubs) == 0 {
		return ErrUnknownKey
	}
	for _, pub := range pubs {
		if ed25519.Verify(pub, message, signature) {
			return nil
		}
	}
	return ErrSignature
}

// of returns the same keys for one purpose. A session token may also use its key's
// thumbprint as kid: tokens from before keys had purposes do, and so may tokens of
// other programs.
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
	// For is Usher's own field. Key sets of older servers do not have it; their
	// keys serve every purpose.
	For Purpose `json:"usher_use,omitempty"`
}

// ReadJWKS reads the keys for one purpose from the key set that
// /.well-known/jwks.json publishes. Keys of other kinds and purposes are skipped,
// as RFC 7517 requires. A set without a usable key is an error.
func ReadJWKS(text []byte, purpose Purpose) (*Public, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("keys: not a JSON Web Key Set: %w", err)
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
			return nil, fmt.Errorf("keys: the key %.64q of the set is not an Ed25519 public key", key.Kid)
		}
		p.add(key.Kid, pub)
	}
	if len(p.order) == 0 {
		return nil, fmt.Errorf("keys: the set has no Ed25519 key for a %s", purpose)
	}
	return p, nil
}

// add adds a key; a known kid keeps its first key.
func (p *Public) add(kid string, pub ed25519.PublicKey) {
	if _, known := p.public[kid]; known {
		return
	}
	if p.public == nil {
		p.public = map[string]ed25519.PublicKey{}
	}
	p.public[kid] = pub
	p.order = append(p.order, kid)
	if id := idOf(pub); !slices.ContainsFunc(p.byID[id], func(known ed25519.PublicKey) bool { return known.Equal(pub) }) {
		if p.byID == nil {
			p.byID = map[ID][]ed25519.PublicKey{}
		}
		p.byID[id] = append(p.byID[id], pub)
	}
}

// Verify verifies a compact JWS of the given typ with one of the keys and fills
// claims. The options check the registered claims further.
func (p *Public) Verify(typ, token string, claims jwt.Claims, options ...jwt.ParserOption) error {
	options = append(options, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithStrictDecoding())
	if pub := p.usual(typ, token); pub != nil {
		return verifyUsual(pub, token, claims, options)
	}
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

// IDs returns the ids of the keys, a ring's signing one first.
func (p *Public) IDs() []string { return slices.Clone(p.order) }

// usual returns the key of a token whose header is written as a Ring writes it, nil
// for any other. Almost every token is such a one, and comparing its header costs a
// fraction of decoding it.
func (p *Public) usual(typ, token string) ed25519.PublicKey {
	written, rest, _ := strings.Cut(token, ".")
	if strings.Count(rest, ".") != 1 {
		return nil
	}
	var room [256]byte
	if base64.RawURLEncoding.DecodedLen(len(written)) > len(room) {
		return nil
	}
	n, err := base64.RawURLEncoding.Strict().Decode(room[:], []byte(written))
	if err != nil {
		return nil
	}
	head, ok := bytes.CutPrefix(room[:n], []byte(headKid))
	if !ok {
		return nil
	}
	kid, of, ok := bytes.Cut(head, []byte(headTyp))
	if !ok || len(of) != len(typ)+len(headEnd) || string(of[:len(typ)]) != typ || string(of[len(typ):]) != headEnd {
		return nil
	}
	return p.public[string(kid)]
}

// The header of a JWS as a Ring writes it: these, with the kid and the typ between.
const (
	headKid = `{"alg":"EdDSA","kid":"`
	headTyp = `","typ":"`
	headEnd = `"}`
)

// verifyUsual does what jwt.ParseWithClaims does once it has the key: it reads the
// claims, and checks the signature and then the claims.
func verifyUsual(pub ed25519.PublicKey, token string, claims jwt.Claims, options []jwt.ParserOption) error {
	end := strings.LastIndexByte(token, '.')
	text := token[:end]
	signature, err := base64.RawURLEncoding.Strict().DecodeString(token[end+1:])
	if err != nil {
		return fmt.Errorf("%w: could not base64 decode signature: %w", jwt.ErrTokenMalformed, err)
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(text[strings.IndexByte(text, '.')+1:])
	if err != nil {
		return fmt.Errorf("%w: could not base64 decode claim: %w", jwt.ErrTokenMalformed, err)
	}
	if !ed25519.Verify(pub, []byte(text), signature) {
		return fmt.Errorf("%w: %w", jwt.ErrTokenSignatureInvalid, jwt.ErrEd25519Verification)
	}
	into := any(claims)
	if filled, ok := claims.(jwt.MapClaims); ok {
		into = &filled // the same map: only a pointer can be decoded into
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: could not JSON decode claim: %w", jwt.ErrTokenMalformed, err)
	}
	if err := jwt.NewValidator(options...).Validate(claims); err != nil {
		return fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, err)
	}
	return nil
}

// JWKS returns the keys as a JSON Web Key Set.
func (p *Public) JWKS() []byte { return JWKS(p) }

// JWKS returns one JSON Web Key Set of several sets of keys, with an entry per key
// and purpose.
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
