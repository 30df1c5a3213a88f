package pass_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
	"usher/internal/pass"
	"usher/internal/testkit"
)

var update = flag.Bool("update", false, "write docs/pass-vectors.json")

// vectors are passes with the verdict that every verifier must come to.
type vectors struct {
	Comment  string          `json:"comment"`
	Audience string          `json:"audience"`
	Now      int64           `json:"now"` // Unix seconds
	Keys     json.RawMessage `json:"keys"`
	Vectors  []vector        `json:"vectors"`
}

type vector struct {
	Name  string `json:"name"`
	Valid bool   `json:"valid"`
	User  string `json:"user"` // "" for an invalid pass
	Pass  string `json:"pass"`
}

func seed(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// makeVectors makes the same vectors each time.
func makeVectors(t *testing.T) (vectors, *keys.Ring) {
	t.Helper()
	ring, err := keys.New(seed(1), seed(2))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := keys.New(seed(3))
	if err != nil {
		t.Fatal(err)
	}
	older, err := keys.New(seed(2))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs, before := ring.For(keys.Session), foreign.For(keys.Session), older.For(keys.Session)
	const now = 1803895200 // 2027-03-01T10:00:00Z
	made := 0
	sign := func(with *keys.Ring, typ string, change map[string]any) string {
		made++
		claims := jwt.MapClaims{"iss": "usher", "aud": shop, "sub": fan, "season": "gala", "jti": fmt.Sprintf("VECTOR%d", made), "iat": now - 60, "exp": now + 240}
		for name, value := range change {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		text, err := with.Sign(typ, claims)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := sign(ours, "usher-pass", nil)
	bent := []byte(good)
	bent[len(bent)-10] = map[bool]byte{true: 'B', false: 'A'}[bent[len(bent)-10] == 'A']
	parts := strings.Split(good, ".")
	swapped := parts[0] + "." + strings.Split(sign(ours, "usher-pass", map[string]any{"sub": "65f000000000000000000002"}), ".")[1] + "." + parts[2]
	return vectors{
		Comment:  "Test vectors for verifiers of admission passes. Keys are the key set of /.well-known/jwks.json. Made by: go test ./internal/pass -run Vectors -update",
		Audience: shop, Now: now, Keys: json.RawMessage(ours.JWKS()),
		Vectors: []vector{
			{"valid", true, fan, good},
			{"valid, signed by an older key", true, fan, sign(before, "usher-pass", nil)},
			{"expired", false, "", sign(ours, "usher-pass", map[string]any{"iat": now - 400, "exp": now - 100})},
			{"expires now", false, "", sign(ours, "usher-pass", map[string]any{"exp": now})},
			{"without an end", false, "", sign(ours, "usher-pass", map[string]any{"exp": nil})},
			{"wrong audience", false, "", sign(ours, "usher-pass", map[string]any{"aud": "other.example"})},
			{"for any audience", false, "", sign(ours, "usher-pass", map[string]any{"aud": "pass"})},
			{"wrong issuer", false, "", sign(ours, "usher-pass", map[string]any{"iss": "another"})},
			{"wrong type: a session", false, "", sign(ours, "JWT", nil)},
			{"wrong type: a place", false, "", sign(ours, "usher-place", nil)},
			{"other key", false, "", sign(theirs, "usher-pass", nil)},
			{"bent signature", false, "", string(bent)},
			{"another pass's signature", false, "", swapped},
			{"no signature", false, "", parts[0] + "." + parts[1] + "."},
			{"two parts", false, "", parts[0] + "." + parts[1]},
			{"not a pass", false, "", "hello"},
			{"nothing", false, "", ""},
		},
	}, ring
}

// TestVectors: the file is what this package makes, and the server agrees with it.
func TestVectors(t *testing.T) {
	want, ring := makeVectors(t)
	text, err := json.MarshalIndent(want, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const path = "../../docs/pass-vectors.json"
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%s is out of date (%v): go test ./internal/pass -run Vectors -update", path, err)
	}
	now := time.Unix(want.Now, 0)
	c := newCounter(t)
	desk := pass.New(pass.Options{Keys: ring, Mongo: testkit.Mongo(t), Now: func() time.Time { return now }, Active: c.always})
	for _, v := range want.Vectors {
		got, err := desk.Redeem(t.Context(), v.Pass, want.Audience, "")
		if err != nil {
			t.Fatal(err)
		}
		if valid := got.Result == pass.Redeemed || got.Result == pass.Already; valid != v.Valid || valid && got.User != v.User {
			t.Errorf("%s: the server says %+v", v.Name, got)
		}
	}
}

// TestExampleVerifiers: the verifiers in Go, JavaScript and Python of the examples agree
// on all vectors.
func TestExampleVerifiers(t *testing.T) {
	want, _ := makeVectors(t)
	dir := t.TempDir()
	set := filepath.Join(dir, "keys.json")
	if err := os.WriteFile(set, want.Keys, 0o600); err != nil {
		t.Fatal(err)
	}
	var passes, verdicts strings.Builder
	for _, v := range want.Vectors {
		passes.WriteString(v.Pass + "\n")
		verdicts.WriteString(map[bool]string{true: "valid " + v.User, false: "invalid"}[v.Valid] + "\n")
	}
	example := func(name string) string { return filepath.Join("..", "..", "examples", "pass", name) }
	for language, command := range map[string][]string{
		"go":     {"go", "run", example("")},
		"node":   {"node", example("verify.mjs")},
		"python": {"python3", example("verify.py")},
	} {
		t.Run(language, func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("no %s in the PATH: its verifier is not run", command[0])
			}
			if language == "python" && exec.Command("python3", "-c", "import cryptography").Run() != nil && !testkit.Required("python3-cryptography") {
				t.Skip("python3 has no module cryptography: its verifier is not run")
			}
			args := slices.Concat(command[1:], []string{set, want.Audience, strconv.FormatInt(want.Now, 10)})
			cmd := exec.CommandContext(t.Context(), command[0], args...)
			cmd.Stdin = strings.NewReader(passes.String())
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil || string(out) != verdicts.String() {
				t.Errorf("%v\n%s\nwant\n%s", err, out, verdicts.String())
			}
		})
	}
}

// TestExamplesAreShort: a verifier has at most thirty lines of code, with the lines of its
// imports and of its program a few more.
func TestExamplesAreShort(t *testing.T) {
	for _, name := range []string{"verify.go", "verify.mjs", "verify.py"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "pass", name))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 38 {
			t.Errorf("%s has %d lines", name, lines)
		}
	}
}
