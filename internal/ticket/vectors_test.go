package ticket_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/keys"
	"usher/internal/testkit"
	"usher/internal/ticket"
)

var update = flag.Bool("update", false, "write docs/ticket-vectors.json")

// vectors are codes with the verdict that every verifier must come to.
type vectors struct {
	Comment string          `json:"comment"`
	Season  string          `json:"season"`
	Keys    json.RawMessage `json:"keys"`
	Vectors []vector        `json:"vectors"`
}

type vector struct {
	Name   string `json:"name"`
	Valid  bool   `json:"valid"`
	Seat   string `json:"seat"`   // "" for an invalid code, as the next two
	Ticket string `json:"ticket"` // id
	Issued int64  `json:"issued"` // Unix seconds
	Code   string `json:"code"`
}

func ringOf(t *testing.T, seeds ...byte) *keys.Ring {
	t.Helper()
	private := make([]ed25519.PrivateKey, len(seeds))
	for i, seed := range seeds {
		private[i] = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	}
	ring, err := keys.New(private...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// makeVectors makes the same vectors each time.
func makeVectors(t *testing.T) (vectors, *keys.Public) {
	t.Helper()
	ours, older, theirs := ringOf(t, 1, 2), ringOf(t, 2), ringOf(t, 3)
	set := keys.JWKS(&ringOf(t, 3).For(keys.Session).Public, &ours.For(keys.Ticket).Public)
	const season, id, issued = "spring-gala-2027", "65f1c0ffee65f1c0ffee0002", 1_803_895_200
	sign := func(ring *keys.Ring, season, seat string) string {
		code, err := ticket.Sign(ring, id, season, seat, time.Unix(issued, 0))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	good := sign(ours, season, "BALK-123")
	valid := func(name, seat, code string) vector { return vector{name, true, seat, id, issued, code} }
	invalid := func(name, code string) vector { return vector{Name: name, Code: code} }
	change := func(at int) string {
		other := "A"
		if good[at] == 'A' {
			other = "B"
		}
		return good[:at] + other + good[at+1:]
	}
	tail := len(good) - 10 // in the signature
	made := vectors{
		Comment: "Test vectors for verifiers of tickets at a gate of the season. Keys are the key set of /.well-known/jwks.json. Made by: go test ./internal/ticket -run Vectors -update",
		Season:  season, Keys: set,
		Vectors: []vector{
			valid("valid", "BALK-123", good),
			valid("signed by an older key", "A-14", sign(older, season, "A-14")),
			valid("a seat in UTF-8", "Rang-Ä7", sign(ours, season, "Rang-Ä7")),
			valid("the longest seat", strings.Repeat("x", 255), sign(ours, season, strings.Repeat("x", 255))),
			valid("the shortest seat", "1", sign(ours, season, "1")),
			invalid("another season", sign(ours, "autumn-gala-2027", "BALK-123")),
			invalid("another site's key", sign(theirs, season, "BALK-123")),
			invalid("a key with another use", sign(theirs, season, "A-1")),
			invalid("changed in the key's id", change(4)),
			invalid("changed in the seat", change(60)),
			invalid("changed in the signature", change(tail)),
			invalid("cut by a character", good[:len(good)-1]),
			invalid("cut by three characters", good[:len(good)-3]),
			invalid("cut to its head", good[:40]),
			invalid("a character more", good+"0"),
			invalid("three characters more", good+"000"),
			invalid("another code after it", good+good[3:]),
			invalid("a space before it", " "+good),
			invalid("small letters", strings.ToLower(good)),
			invalid("a character that base45 does not have", good[:50]+"_"+good[51:]),
			invalid("a number above two bytes", good[:3]+":::"+good[6:]),
			invalid("another prefix", "UT2"+good[3:]),
			invalid("no prefix", good[3:]),
			invalid("the prefix alone", "UT1"),
			invalid("not a code", "hello"),
			invalid("nothing", ""),
		},
	}
	public, err := keys.ReadJWKS(set, keys.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	return made, public
}

// TestVectors: the file is what this package makes, and the package agrees with it.
func TestVectors(t *testing.T) {
	t.Parallel()
	want, public := makeVectors(t)
	text, err := json.MarshalIndent(want, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const path = "../../docs/ticket-vectors.json"
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%s is out of date (%v): go test ./internal/ticket -run Vectors -update", path, err)
	}
	for _, v := range want.Vectors {
		got, err := ticket.Verify(public, v.Code)
		if valid := err == nil && got.Season == want.Season; valid != v.Valid || valid && (got.Seat != v.Seat || got.ID != v.Ticket || got.IssuedAt != v.Issued) {
			t.Errorf("%s: %+v, %v", v.Name, got, err)
		}
	}
}

// TestExampleVerifiers: the verifiers in Go, JavaScript and Python of the examples agree
// on all vectors.
func TestExampleVerifiers(t *testing.T) {
	t.Parallel()
	want, _ := makeVectors(t)
	set := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(set, want.Keys, 0o600); err != nil {
		t.Fatal(err)
	}
	var codes, verdicts strings.Builder
	for _, v := range want.Vectors {
		codes.WriteString(v.Code + "\n")
		verdicts.WriteString(map[bool]string{true: "valid " + v.Seat + " " + v.Ticket, false: "invalid"}[v.Valid] + "\n")
	}
	example := func(name string) string { return filepath.Join("..", "..", "examples", "ticket", name) }
	for language, command := range map[string][]string{
		"go":     {"go", "run", example("")},
		"node":   {"node", example("verify.mjs")},
		"python": {"python3", example("verify.py")},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("no %s in the PATH: its verifier is not run", command[0])
			}
			if language == "python" && exec.Command("python3", "-c", "import cryptography").Run() != nil && !testkit.Required("python3-cryptography") {
				t.Skip("python3 has no module cryptography: its verifier is not run")
			}
			cmd := exec.CommandContext(t.Context(), command[0], slices.Concat(command[1:], []string{set, want.Season})...)
			cmd.Stdin = strings.NewReader(codes.String())
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil || string(out) != verdicts.String() {
				t.Errorf("%v\n%s\nwant\n%s", err, out, verdicts.String())
			}
		})
	}
}

// TestExamplesAreShort: a verifier has at most twenty lines of code, as docs/gate.md says.
// Lines with brackets alone are not counted.
func TestExamplesAreShort(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"verify.go": "func verify", "verify.mjs": "function verify", "verify.py": "def verify"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "ticket", name))
		if err != nil {
			t.Fatal(err)
		}
		_, function, found := strings.Cut(string(text), begin)
		lines := 0
		for line := range strings.Lines(function) {
			if lines > 0 && !strings.ContainsAny(line[:1], " \t") {
				break
			}
			if strings.Trim(line, " \t})\n;") != "" {
				lines++
			}
		}
		if lines--; !found || lines > 20 || lines < 10 { // without the line of its name
			t.Errorf("the verifier of %s has %d lines", name, lines)
		}
	}
}
