package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRing(t *testing.T, private ...ed25519.PrivateKey) *Ring {
	t.Helper()
	ring, err := New(private...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// forge signs claims by any method, with any header.
func forge(t *testing.T, method jwt.SigningMethod, key any, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, jwt.RegisteredClaims{Subject: "eve"})
	for name, value := range header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestVerifyTakesOnlyItsOwnKind(t *testing.T) {
	mine, other := newKey(t), newKey(t)
	ring, stranger := newRing(t, mine), newRing(t, other)
	good, err := ring.Sign("usher-ticket", jwt.RegisteredClaims{Subject: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	strange, err := stranger.Sign("usher-ticket", jwt.RegisteredClaims{Subject: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	header := map[string]any{"typ": "usher-ticket", "kid": ring.kid}
	tests := []struct {
		name, typ, token string
		ok               bool
	}{
		{"its own", "usher-ticket", good, true},
		{"another typ", "JWT", good, false},
		{"no typ asked for", "", good, false},
		{"another ring's", "usher-ticket", strange, false},
		{"an unknown kid on a good signature", "usher-ticket", forge(t, jwt.SigningMethodEdDSA, mine, map[string]any{"typ": "usher-ticket", "kid": "x"}), false},
		{"no kid", "usher-ticket", forge(t, jwt.SigningMethodEdDSA, mine, map[string]any{"typ": "usher-ticket"}), false},
		{"a known kid on another key's signature", "usher-ticket", forge(t, jwt.SigningMethodEdDSA, other, header), false},
		{"HS256 with the public key as secret", "usher-ticket", forge(t, jwt.SigningMethodHS256, []byte(mine.Public().(ed25519.PublicKey)), header), false},
		{"alg none", "usher-ticket", forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header), false},
		{"no signature", "usher-ticket", parts[0] + "." + parts[1] + ".", false},
		{"changed claims", "usher-ticket", parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"eve"}`)) + "." + parts[2], false},
		{"nothing", "usher-ticket", "", false},
		{"no JWS", "usher-ticket", "a.b", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var claims jwt.RegisteredClaims
			err := ring.Verify(test.typ, test.token, &claims)
			if test.ok != (err == nil) {
				t.Fatalf("verify: %v", err)
			}
			if test.ok && claims.Subject != "ada" {
				t.Errorf("subject %q", claims.Subject)
			}
		})
	}
}

func TestVerifyHoldsRegisteredClaimsAgainstTheOptions(t *testing.T) {
	ring := newRing(t, newKey(t))
	token, err := ring.Sign("JWT", jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(time.Unix(1000, 0))})
	if err != nil {
		t.Fatal(err)
	}
	for at, ok := range map[int64]bool{999: true, 1001: false} {
		err := ring.Verify("JWT", token, &jwt.RegisteredClaims{}, jwt.WithTimeFunc(func() time.Time { return time.Unix(at, 0) }))
		if ok != (err == nil) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}

func TestTheFirstKeySignsAndAllVerify(t *testing.T) {
	old, next := newKey(t), newKey(t)
	before, after := newRing(t, old), newRing(t, next, old, old)
	if len(after.order) != 2 {
		t.Fatalf("a key given twice counts once, got %d keys", len(after.order))
	}
	token, err := before.Sign("JWT", jwt.RegisteredClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if err := after.Verify("JWT", token, &jwt.RegisteredClaims{}); err != nil {
		t.Error("the old key's token is refused after a rotation:", err)
	}
	token, err = after.Sign("JWT", jwt.RegisteredClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Verify("JWT", token, &jwt.RegisteredClaims{}); err == nil {
		t.Error("the new ring signs with its second key")
	}
}

func TestAnybodyVerifiesWithTheJWKSAlone(t *testing.T) {
	ring := newRing(t, newKey(t), newKey(t))
	var set struct {
		Keys []struct{ Kty, Crv, Alg, Use, Kid, X, D string }
	}
	if err := json.Unmarshal(ring.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 {
		t.Fatalf("%d keys", len(set.Keys))
	}
	if strings.Contains(string(ring.JWKS()), `"d"`) {
		t.Fatal("the JWKS holds a private key")
	}
	token, err := ring.Sign("usher-ticket", jwt.RegisteredClaims{Subject: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	first := set.Keys[0]
	if first.Kty != "OKP" || first.Crv != "Ed25519" || first.Alg != "EdDSA" || first.Use != "sig" {
		t.Errorf("%+v", first)
	}
	x, err := base64.RawURLEncoding.DecodeString(first.X)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(x, []byte(parts[0]+"."+parts[1]), signature) {
		t.Error("the published key does not verify the signature")
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Alg, Typ, Kid string }
	if err := json.Unmarshal(header, &said); err != nil {
		t.Fatal(err)
	}
	if said.Alg != "EdDSA" || said.Typ != "usher-ticket" || said.Kid != first.Kid {
		t.Errorf("header %s", header)
	}
}

func TestTheKidIsTheThumbprintOfRFC8037(t *testing.T) {
	// Appendix A.3 of RFC 8037.
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := thumbprint(x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLoadNamesEveryFileThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		text := der
		if kind != "" {
			text = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wrong, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(wrong)
	if err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "good.pem")
	if err := WriteNew(good); err != nil {
		t.Fatal(err)
	}
	bad := []string{
		filepath.Join(dir, "missing.pem"),
		write("text.pem", "", []byte("hello")),
		write("broken.pem", "PRIVATE KEY", []byte{1, 2, 3}),
		write("p256.pem", "PRIVATE KEY", der),
	}
	ring, err := Load(append([]string{good}, bad...)...)
	if err == nil || ring != nil {
		t.Fatal("bad files were taken")
	}
	for _, path := range bad {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("the error does not name %s: %v", path, err)
		}
	}
	if strings.Contains(err.Error(), good) {
		t.Errorf("the error names a good file: %v", err)
	}
	if _, err := Load(); err == nil {
		t.Error("a ring without a key was made")
	}
}

func TestAWrittenKeyLoadsAndIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	var writers sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		writers.Go(func() { results[i] = WriteNew(path) })
	}
	writers.Wait()
	wrote := 0
	for _, err := range results {
		switch {
		case err == nil:
			wrote++
		case !errors.Is(err, fs.ErrExist):
			t.Error(err)
		}
	}
	if wrote != 1 {
		t.Errorf("%d of 8 wrote the file, want 1", wrote)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key: %v", info.Mode())
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("drafts were left: %v", left)
	}
	first, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	token, err := first.Sign("JWT", jwt.RegisteredClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Verify("JWT", token, &jwt.RegisteredClaims{}); err != nil {
		t.Error("a session does not survive a restart:", err)
	}
}

// TestAKeyAsEditorsSaveItLoads: with a byte order mark and Windows' line ends.
func TestAKeyAsEditorsSaveItLoads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := WriteNew(path); err != nil {
		t.Fatal(err)
	}
	want, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := "\ufeff" + strings.ReplaceAll(string(text), "\n", "\r\n")
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Load(path); err != nil || string(got.JWKS()) != string(want.JWKS()) {
		t.Errorf("the key does not load as it was: %v", err)
	}
}
