// Package keys signs and verifies compact EdDSA JWSs: session tokens, signed places,
// void lists. Each kind has its own typ header, and verification requires one
// kind, so that a place is never accepted as a session. Tickets are signed as bytes
// that begin with words of their own. Sessions and places use
// keys of one [Purpose], tickets and void lists keys of another; one key may serve
// both.
package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// Ring is a set of Ed25519 keys: the first signs, all verify. It is immutable
// and safe for concurrent use.
type Ring struct {
	Public
	signing ed25519.PrivateKey
	kid     string
	private []ed25519.PrivateKey // all, the signing one first
}

// New makes a ring of at least one private key.
func New(private ...ed25519.PrivateKey) (*Ring, error) {
	if len(private) == 0 {
		return nil, errors.New("keys: a ring needs at least one signing key")
	}
	r := &Ring{signing: private[0], private: slices.Clone(private)}
	for _, key := range private {
		pub := key.Public().(ed25519.PublicKey)
		r.add(thumbprint(pub), pub)
	}
	r.kid = r.order[0]
	return r, nil
}

// For returns a ring with the same keys for one purpose.
func (r *Ring) For(purpose Purpose) *Ring {
	return &Ring{Public: *r.Public.of(purpose), signing: r.signing, private: r.private, kid: purpose.kid(r.signing.Public().(ed25519.PublicKey))}
}

// Secrets derives a secret of 32 bytes from each key, the signing key's first, for keyed
// hashes. The label says what for: other labels give other secrets, and no secret tells
// anything about a key.
func (r *Ring) Secrets(label string) [][]byte {
	secrets := make([][]byte, len(r.private))
	for i, key := range r.private {
		mac := hmac.New(sha256.New, key.Seed())
		_, _ = io.WriteString(mac, label)
		secrets[i] = mac.Sum(nil)
	}
	return secrets
}

// Generate makes a ring with one new key.
func Generate() (*Ring, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return New(key)
}

// Load reads PKCS#8 PEM files with one Ed25519 private key each. The error names
// every file that cannot be used.
func Load(paths ...string) (*Ring, error) {
	var private []ed25519.PrivateKey
	var problems []error
	for _, path := range paths {
		key, err := readKey(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		private = append(private, key)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return New(private...)
}

func readKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	// Some editors begin a file with a byte order mark.
	block, _ := pem.Decode(bytes.TrimPrefix(text, []byte("\ufeff")))
	if block == nil {
		return nil, fmt.Errorf("%s: not a PEM file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: not a PKCS#8 private key: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key (make one with: openssl genpkey -algorithm ed25519)", path)
	}
	return key, nil
}

// WriteNew makes a key and writes it to path as PKCS#8 PEM, readable by the owner
// only. It never replaces a file (fs.ErrExist), and a crash leaves no partial file.
func WriteNew(path string) (err error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".signing-key-*") // created with mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	err = pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), path)
}

// thumbprint returns the RFC 7638 thumbprint of an Ed25519 public key, base64url.
func thumbprint(pub ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(pub) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Sign returns claims as a compact JWS with the header typ.
func (r *Ring) Sign(typ string, claims jwt.Claims) (string, error) {
	text, err := r.Text(typ, claims)
	if err != nil {
		return "", err
	}
	return Join(text, r.Signature(text)), nil
}

// Text returns the signed part of a JWS, its header and claims. The same claims
// always give the same text, and the same text the same signature: a caller may
// keep signatures alone.
func (r *Ring) Text(typ string, claims jwt.Claims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["typ"] = typ
	token.Header["kid"] = r.kid
	return token.SigningString()
}

// TextOf is Text for claims that are JSON already.
func (r *Ring) TextOf(typ string, claims []byte) string {
	var room [256]byte
	header := append(append(append(append(append(room[:0], headKid...), r.kid...), headTyp...), typ...), headEnd...)
	encoding := base64.RawURLEncoding
	text := make([]byte, 0, encoding.EncodedLen(len(header))+1+encoding.EncodedLen(len(claims)))
	text = encoding.AppendEncode(text, header)
	return string(encoding.AppendEncode(append(text, '.'), claims))
}

// Signature signs a text.
func (r *Ring) Signature(text string) [ed25519.SignatureSize]byte {
	return [ed25519.SignatureSize]byte(ed25519.Sign(r.signing, []byte(text)))
}

// SigningID returns the ID of the key that signs.
func (r *Ring) SigningID() ID { return idOf(r.signing.Public().(ed25519.PublicKey)) }

// Join returns the compact JWS of a text and its signature.
func Join(text string, signature [ed25519.SignatureSize]byte) string {
	return text + "." + base64.RawURLEncoding.EncodeToString(signature[:])
}
