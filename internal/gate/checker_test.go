package gate

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
	"usher/internal/ticket"
)

const (
	first  = "0123456789abcdef01234567"
	second = "89abcdef0123456701234567"
)

func newRing(t *testing.T) (*keys.Ring, ed25519.PrivateKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	ring, err := keys.New(private)
	must(t, err)
	return ring, private
}

func claims() ticket.Claims {
	return ticket.Claims{Issuer: "usher", Audience: "gate", ID: first, Season: "demo", Seat: "A-14", IssuedAt: 1_800_000_000}
}

// sign signs the claims of a ticket after applying change; nil changes nothing.
func sign(t *testing.T, ring *keys.Ring, typ string, change func(*ticket.Claims)) string {
	t.Helper()
	c := claims()
	if change != nil {
		change(&c)
	}
	code, err := ring.Sign(typ, &c)
	must(t, err)
	return code
}

// compact signs the claims of a ticket as a compact code after applying change; nil changes
// nothing.
func compact(t *testing.T, ring *keys.Ring, change func(*ticket.Claims)) string {
	t.Helper()
	c := claims()
	if change != nil {
		change(&c)
	}
	code, err := ticket.Sign(ring, c.ID, c.Season, c.Seat, time.Unix(c.IssuedAt, 0))
	must(t, err)
	return code
}

// forge signs the claims of a ticket by any method, with any header.
func forge(t *testing.T, method jwt.SigningMethod, key any, header map[string]any) string {
	t.Helper()
	c := claims()
	token := jwt.NewWithClaims(method, &c)
	for name, value := range header {
		token.Header[name] = value
	}
	code, err := token.SignedString(key)
	must(t, err)
	return code
}

// kidOf returns the kid of a ring with one key, from the published key set.
func kidOf(t *testing.T, ring *keys.Ring) string {
	t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	must(t, json.Unmarshal(ring.JWKS(), &set))
	return set.Keys[0].Kid
}

func TestOnlyTicketsAreValid(t *testing.T) {
	ring, private := newRing(t)
	stranger, strange := newRing(t)
	kid := kidOf(t, ring)
	header := map[string]any{"typ": ticket.Type, "kid": kid}
	good := sign(t, ring, ticket.Type, nil)
	parts := strings.Split(good, ".")
	other := strings.Split(sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.Seat = "A-15" }), ".")
	short := compact(t, ring, nil)
	bent := "A"
	if short[80] == 'A' {
		bent = "B"
	}
	lastCharacters := "AA" // of the signature, and others if it ends with these
	if strings.HasSuffix(good, lastCharacters) {
		lastCharacters = "BA"
	}
	cases := map[string]struct {
		code string
		want Result
		why  string
	}{
		"a ticket":                            {good, Valid, ""},
		"a ticket and the scanner's Enter":    {" " + good + "\r\n", Valid, ""},
		"an empty text":                       {"", Invalid, "not the code of a ticket"},
		"a web address":                       {"https://example.com/a.b", Invalid, ""},
		"two dots":                            {"..", Invalid, ""},
		"a very long text":                    {strings.Repeat("a", 5000) + "." + "." + "b", Invalid, "not the code of a ticket"},
		"another seat under the signature":    {parts[0] + "." + other[1] + "." + parts[2], Invalid, "changed or forged"},
		"the last characters changed":         {good[:len(good)-2] + lastCharacters, Invalid, ""},
		"the signature left out":              {parts[0] + "." + parts[1] + ".", Invalid, ""},
		"signed by a stranger":                {sign(t, stranger, ticket.Type, nil), Invalid, "kid"},
		"a stranger's under our kid":          {forge(t, jwt.SigningMethodEdDSA, strange, header), Invalid, "changed or forged"},
		"our key under another kid":           {forge(t, jwt.SigningMethodEdDSA, private, map[string]any{"typ": ticket.Type, "kid": "x"}), Invalid, "kid"},
		"no kid":                              {forge(t, jwt.SigningMethodEdDSA, private, map[string]any{"typ": ticket.Type}), Invalid, "kid"},
		"alg none":                            {forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header), Invalid, ""},
		"HS256 with the public key as secret": {forge(t, jwt.SigningMethodHS256, []byte(private.Public().(ed25519.PublicKey)), header), Invalid, ""},
		"a place in the line":                 {sign(t, ring, "usher-place", nil), Invalid, "typ"},
		"a session":                           {sign(t, ring, "JWT", nil), Invalid, "typ"},
		"a void list":                         {sign(t, ring, VoidsType, nil), Invalid, "typ"},
		"another audience":                    {sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.Audience = "usher" }), Invalid, "aud"},
		"another issuer":                      {sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.Issuer = "eve" }), Invalid, "iss"},
		"no ticket id":                        {sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.ID = "" }), Invalid, "lacks a ticket id"},
		"another season":                      {sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.Season = "other" }), Invalid, `season "other"`},
		"a refunded ticket":                   {sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.ID = second }), Void, "refunded"},
		"compact":                             {short, Valid, ""},
		"compact with what scanners add":      {"]Q1" + short + "\r\n", Valid, ""},
		"compact in small letters":            {strings.ToLower(short), Valid, ""},
		"compact, bent":                       {short[:80] + bent + short[81:], Invalid, "changed or forged"},
		"compact, cut":                        {short[:len(short)-3], Invalid, "cut or changed"},
		"compact, longer":                     {short + "000", Invalid, "cut or changed"},
		"compact, signed by a stranger":       {compact(t, stranger, nil), Invalid, "unknown key"},
		"compact of another season":           {compact(t, ring, func(c *ticket.Claims) { c.Season = "other" }), Invalid, `season "other"`},
		"compact and refunded":                {compact(t, ring, func(c *ticket.Claims) { c.ID = second }), Void, "refunded"},
	}
	list, err := SignVoids(ring, "demo", time.Now(), []string{second})
	must(t, err)
	text, err := json.Marshal(list)
	must(t, err)
	public, err := keys.ReadJWKS(ring.JWKS(), keys.Ticket)
	must(t, err)
	voids, err := ReadVoids(public, text)
	must(t, err)
	checker := &Checker{Public: public, Voids: voids}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := checker.Check(c.code)
			if got.Result != c.want || !strings.Contains(got.Why, c.why) || (got.Why == "") != (c.want == Valid) {
				t.Errorf("got %+v, want %s because of %q", got, c.want, c.why)
			}
			if c.want == Valid && got.Ticket != claims() {
				t.Errorf("the claims are %+v, want %+v", got.Ticket, claims())
			}
		})
	}
}

// TestOnlyTheSignedTextOfAVoidListCounts: other fields of the file have no effect, and a
// text signed with another key or as another type is refused.
func TestOnlyTheSignedTextOfAVoidListCounts(t *testing.T) {
	ring, _ := newRing(t)
	stranger, _ := newRing(t)
	asOf := time.Date(2027, 3, 1, 19, 30, 0, 250_000_000, time.UTC)
	list, err := SignVoids(ring, "demo", asOf, []string{second, first})
	must(t, err)
	if list.Voids[0] != first || list.Season != "demo" || list.AsOf.String() != "2027-03-01T19:30:00.250Z" {
		t.Errorf("%+v", list)
	}
	written := list
	written.Voids, written.Season = nil, "other"
	text, err := json.Marshal(written)
	must(t, err)
	voids, err := ReadVoids(&ring.Public, text)
	must(t, err)
	if voids.Season != "demo" || voids.Len() != 2 || !voids.Has(first) || voids.Has("ffffffffffffffffffffffff") || !voids.AsOf.Equal(asOf) {
		t.Errorf("the list is %+v, want the content of the signed text", voids)
	}
	empty, err := SignVoids(ring, "demo", asOf, nil)
	must(t, err)
	text, err = json.Marshal(empty)
	must(t, err)
	if none, err := ReadVoids(&ring.Public, text); err != nil || none.Len() != 0 || !strings.Contains(string(text), `"voids":[]`) {
		t.Errorf("an empty list: %v, %s", err, text)
	}
	foreign, err := SignVoids(stranger, "demo", asOf, nil)
	must(t, err)
	for name, signed := range map[string]string{
		"none":       "",
		"stranger's": foreign.Signed,
		"a ticket":   sign(t, ring, ticket.Type, nil),
		"cut short":  list.Signed[:len(list.Signed)-4],
	} {
		text, err := json.Marshal(map[string]string{"signed": signed})
		must(t, err)
		if _, err := ReadVoids(&ring.Public, text); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := ReadVoids(&ring.Public, []byte("<html>")); err == nil {
		t.Error("a web page was accepted")
	}
}

// TestKeysAndListsComeFromFilesAndAddresses: a missing source or a list of another season
// is an error.
func TestKeysAndListsComeFromFilesAndAddresses(t *testing.T) {
	ring, _ := newRing(t)
	list, err := SignVoids(ring, "demo", time.Now(), []string{first})
	must(t, err)
	text, err := json.Marshal(list)
	must(t, err)
	site := http.NewServeMux()
	site.HandleFunc("/jwks.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(ring.JWKS()) })
	site.HandleFunc("/voids", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
	server := httptest.NewServer(site)
	defer server.Close()
	folder := t.TempDir()
	file := func(name string, text []byte) string {
		t.Helper()
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, text, 0o600))
		return path
	}
	jwks, voids := file("jwks.json", ring.JWKS()), file("voids.json", text)
	for name, c := range map[string]struct {
		from Sources
		ok   bool
	}{
		"files":               {Sources{JWKS: jwks, Voids: voids}, true},
		"as some shells save": {Sources{JWKS: file("marked.json", append([]byte("\ufeff"), ring.JWKS()...)), Voids: file("marked-voids.json", append([]byte("\ufeff"), text...))}, true},
		"addresses":           {Sources{JWKS: server.URL + "/jwks.json", Voids: server.URL + "/voids"}, true},
		"keys alone":          {Sources{JWKS: jwks}, true},
		"the season":          {Sources{JWKS: jwks, Voids: voids, Season: "demo"}, true},
		"another season":      {Sources{JWKS: jwks, Voids: voids, Season: "other"}, false},
		"no such file":        {Sources{JWKS: filepath.Join(folder, "none")}, false},
		"no such page":        {Sources{JWKS: server.URL + "/none"}, false},
		"no keys":             {Sources{JWKS: voids}, false},
		"no void list":        {Sources{JWKS: jwks, Voids: jwks}, false},
	} {
		checker, err := Load(t.Context(), c.from)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.ok {
			want := map[bool]Result{true: Void, false: Valid}[c.from.Voids != ""]
			if got := checker.Check(sign(t, ring, ticket.Type, nil)); got.Result != want {
				t.Errorf("%s: %+v, want %s", name, got, want)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
