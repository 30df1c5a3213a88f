package ticket

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

const ticketID = "66f0c0ffee00000000000001"

func ringOf(t testing.TB, seeds ...byte) *keys.Ring {
	t.Helper()
	private := make([]ed25519.PrivateKey, len(seeds))
	for i, seed := range seeds {
		private[i] = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	}
	ring, err := keys.New(private...)
	if err != nil {
		t.Fatal(err)
	}
	return ring.For(keys.Ticket)
}

func signed(t testing.TB, ring *keys.Ring, season, seat string) string {
	t.Helper()
	code, err := Sign(ring, ticketID, season, seat, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestACodeIsTheBytesOfItsDescription takes a code apart without the package's own reader.
func TestACodeIsTheBytesOfItsDescription(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, 1)
	code := signed(t, ring, "gala", "Ä-1")
	data, err := decodeBase45(strings.TrimPrefix(code, "UT1"))
	if err != nil || !strings.HasPrefix(code, "UT1") {
		t.Fatalf("%q: %v", code, err)
	}
	pub := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	// The first four bytes of the SHA-256 of the public key, 34750f98…, by sha256sum.
	want := "34750f98" + fmt.Sprintf("%08x", 1_800_000_000) + ticketID + "04" + hex.EncodeToString([]byte("gala")) + "04" + hex.EncodeToString([]byte("Ä-1"))
	body, signature := data[:len(data)-64], data[len(data)-64:]
	if got := hex.EncodeToString(body); got != want {
		t.Errorf("the bytes are\n%s, want\n%s", got, want)
	}
	if !ed25519.Verify(pub, append([]byte("usher-ticket/v1 "), body...), signature) {
		t.Error("the signature is not over the description's bytes")
	}
	claims, err := Verify(ring, code)
	if want := (Claims{Issuer: "usher", Audience: "gate", ID: ticketID, Season: "gala", Seat: "Ä-1", IssuedAt: 1_800_000_000}); err != nil || claims != want {
		t.Errorf("the claims are %+v, %v, want %+v", claims, err, want)
	}
	if again := signed(t, ring, "gala", "Ä-1"); again != code {
		t.Error("the same ticket got another code")
	}
}

// TestOldAndNewKeysVerify: a code is verified by any key of the ring, and by no other. A
// JWS of an older ticket stays valid.
func TestOldAndNewKeysVerify(t *testing.T) {
	t.Parallel()
	older, both, other := ringOf(t, 2), ringOf(t, 1, 2), ringOf(t, 3)
	public, err := keys.ReadJWKS(both.JWKS(), keys.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	want := Claims{Issuer: "usher", Audience: "gate", ID: ticketID, Season: "gala", Seat: "A-1", IssuedAt: 1_800_000_000}
	jws, err := older.Sign(Type, &want)
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{"new key": signed(t, both, "gala", "A-1"), "old key": signed(t, older, "gala", "A-1"), "JWS": jws} {
		for place, verifier := range map[string]Verifier{"ring": both, "key set": public} {
			if claims, err := Verify(verifier, code); err != nil || claims != want {
				t.Errorf("%s, %s: %+v, %v", name, place, claims, err)
			}
		}
		if _, err := Verify(other, code); err == nil {
			t.Errorf("%s: another site's key verifies it", name)
		}
	}
	if _, err := Verify(other, signed(t, older, "gala", "A-1")); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("another site's code: %v", err)
	}
	// A key set without a purpose is one of an older server, and one for sessions has no
	// key for tickets.
	if _, err := keys.ReadJWKS(ringOf(t, 1).For(keys.Session).JWKS(), keys.Ticket); err == nil {
		t.Error("a set of session keys has a key for tickets")
	}
}

// TestNoBentCodeIsValid: every single changed character, every cut, every added character.
func TestNoBentCodeIsValid(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, 1)
	code := signed(t, ring, "gala", "A-1")
	bad := func(name, text string) {
		if claims, err := Verify(ring, text); err == nil || claims != (Claims{}) {
			t.Errorf("%s: %q is valid: %+v", name, text, claims)
		}
	}
	for i := range code {
		for _, other := range base45Characters {
			if byte(other) != code[i] {
				bad("changed", code[:i]+string(other)+code[i+1:])
			}
		}
		bad("cut", code[:i])
		bad("without a character", code[:i]+code[i+1:])
		bad("a character twice", code[:i]+code[i:i+1]+code[i:])
	}
	for _, more := range []string{"0", "00", "000", " ", "\n", "\x00", ".", "=", code} {
		bad("longer", code+more)
		bad("something before", more+code)
	}
	bad("lower case", strings.ToLower(code))
	bad("lower-case prefix", "ut1"+code[3:])
	bad("another version", "UT2"+code[3:])
	bad("the prefix alone", "UT1")
	bad("nothing", "")

	data, err := decodeBase45(code[3:])
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for bit := range 8 {
			bent := bytes.Clone(data)
			bent[i] ^= 1 << bit
			bad(fmt.Sprintf("bit %d of byte %d", bit, i), Prefix+encodeBase45(bent))
		}
	}
}

// codeOf signs any bytes as the body of a code.
func codeOf(ring *keys.Ring, prefix string, body []byte) string {
	signature := ring.Signature(prefix + string(body))
	return Prefix + encodeBase45(append(bytes.Clone(body), signature[:]...))
}

// TestOnlyTheExactFormIsRead: a valid signature over other bytes is no ticket.
func TestOnlyTheExactFormIsRead(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, 1)
	key := ring.SigningID()
	head := binary.BigEndian.AppendUint32(key[:], 1_800_000_000)
	raw, err := hex.DecodeString(ticketID)
	if err != nil {
		t.Fatal(err)
	}
	head = append(head, raw...)
	with := func(rest string) []byte { return append(bytes.Clone(head), rest...) }
	long := strings.Repeat("x", 255)
	for _, good := range []string{"\x04gala\x03A-1", "\xff" + long + "\xff" + long} {
		if _, err := Verify(ring, codeOf(ring, signedPrefix, with(good))); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for name, c := range map[string]struct {
		prefix string
		body   []byte
	}{
		"nothing":                  {signedPrefix, nil},
		"the key alone":            {signedPrefix, key[:]},
		"no season":                {signedPrefix, head},
		"no seat":                  {signedPrefix, with("\x04gala")},
		"an empty season":          {signedPrefix, with("\x00\x03A-1")},
		"an empty seat":            {signedPrefix, with("\x04gala\x00")},
		"a season that ends early": {signedPrefix, with("\x09gala\x03A-1")},
		"a seat that ends early":   {signedPrefix, with("\x04gala\x04A-1")},
		"a byte more":              {signedPrefix, with("\x04gala\x03A-1x")},
		"a field more":             {signedPrefix, with("\x04gala\x03A-1\x01x")},
		"a season not in UTF-8":    {signedPrefix, with("\x04gal\xff\x03A-1")},
		"a seat not in UTF-8":      {signedPrefix, with("\x04gala\x03A-\xff")},
		"signed without a prefix":  {"", with("\x04gala\x03A-1")},
		"signed for another use":   {"usher-ticket/v2 ", with("\x04gala\x03A-1")},
	} {
		if claims, err := Verify(ring, codeOf(ring, c.prefix, c.body)); err == nil {
			t.Errorf("%s is valid: %+v", name, claims)
		}
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, 1)
	now := time.Unix(1_800_000_000, 0)
	for name, c := range map[string]struct {
		id, season, seat string
		at               time.Time
	}{
		"no id":                {"", "gala", "A-1", now},
		"a short id":           {ticketID[2:], "gala", "A-1", now},
		"an id not hex":        {"x" + ticketID[1:], "gala", "A-1", now},
		"no season":            {ticketID, "", "A-1", now},
		"no seat":              {ticketID, "gala", "", now},
		"a seat not UTF-8":     {ticketID, "gala", "A\xff", now},
		"a seat too long":      {ticketID, "gala", strings.Repeat("x", 256), now},
		"before 1970":          {ticketID, "gala", "A-1", time.Unix(-1, 0)},
		"a time after 32 bits": {ticketID, "gala", "A-1", time.Unix(1<<32, 0)},
		"the zero time":        {ticketID, "gala", "A-1", time.Time{}},
	} {
		if code, err := Sign(ring, c.id, c.season, c.seat, c.at); err == nil || code != "" {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
}

// TestAQRCodeHasAtMost45Modules for a season of 16 and a seat of 8 characters, whatever the
// rest is. The quiet zone of 4 modules on each side is not counted.
func TestAQRCodeHasAtMost45Modules(t *testing.T) {
	t.Parallel()
	// QR codes of version 7 at error correction M hold 178 characters of the alphanumeric mode.
	const most = 178
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // repeatable ids
	for n := range 2000 {
		id := fmt.Sprintf("%08x%016x", random.Uint32(), random.Uint64())
		code, err := Sign(ringOf(t, byte(n)), id, "spring-gala-2027", "BALK-123", time.Unix(int64(random.Uint32()), 0))
		if err != nil {
			t.Fatal(err)
		}
		if len(code) > most || strings.Trim(code, base45Characters) != "" {
			t.Fatalf("%q has %d characters, want at most %d of base45", code, len(code), most)
		}
		if n%50 != 0 {
			continue
		}
		qr, err := Draw(code)
		if err != nil {
			t.Fatal(err)
		}
		if modules := len(qr) - 8; modules != 45 {
			t.Fatalf("%s has %d modules, want 45", code, modules)
		}
	}
	// Longer names get a larger QR code.
	qr, err := Draw(signed(t, ringOf(t, 1), strings.Repeat("s", 64), "BALK-123"))
	if err != nil || len(qr)-8 <= 45 {
		t.Errorf("a season of 64 characters: %d modules, %v", len(qr)-8, err)
	}
	short, err := Draw(signed(t, ringOf(t, 1), "demo", "A-1"))
	if err != nil || len(short)-8 > 45 {
		t.Errorf("a short code: %d modules, %v", len(short)-8, err)
	}
}

// FuzzVerify: for any text Verify returns, and a code that it accepts was signed here.
func FuzzVerify(f *testing.F) {
	ring := ringOf(f, 1)
	code := signed(f, ring, "gala", "A-1")
	jws, err := ring.Sign(Type, &Claims{Issuer: Issuer, Audience: Audience, ID: ticketID, Season: "gala", Seat: "A-1"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{code, jws, "UT1", "UT1" + strings.Repeat("0", 200), strings.ToLower(code), code + "0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if claims, err := Verify(ring, text); err == nil && text != code && text != jws {
			t.Errorf("%q is valid: %+v", text, claims)
		}
		if p, err := takeApart(text); err == nil {
			back := Prefix + encodeBase45(append(bytes.Clone(p.body), p.signature...))
			if back != text {
				t.Errorf("%q is read as %q", text, back)
			}
		}
	})
}

// BenchmarkCode compares the two forms of a code: signing, verifying, drawing, and the
// modules of the QR code.
func BenchmarkCode(b *testing.B) {
	ring := ringOf(b, 1)
	public, err := keys.ReadJWKS(ring.JWKS(), keys.Ticket)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	forms := map[string]func() (string, error){
		"compact": func() (string, error) { return Sign(ring, ticketID, "spring-gala", "A-14", at) },
		"jws": func() (string, error) {
			return ring.Sign(Type, &Claims{Issuer: Issuer, Audience: Audience, ID: ticketID, Season: "spring-gala", Seat: "A-14", IssuedAt: at.Unix()})
		},
	}
	for _, name := range []string{"jws", "compact"} {
		code, err := forms[name]()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/sign", func(b *testing.B) {
			for b.Loop() {
				if _, err := forms[name](); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/verify", func(b *testing.B) {
			for b.Loop() {
				if _, err := Verify(public, code); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/forged", func(b *testing.B) {
			middle := len(code) - 20
			forged := code[:middle] + code[middle+3:middle+6] + code[middle:middle+3] + code[middle+6:]
			for b.Loop() {
				if _, err := Verify(public, forged); err == nil || errors.Is(err, jwt.ErrTokenMalformed) {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/draw", func(b *testing.B) {
			var qr QR
			for b.Loop() {
				if qr, err = Draw(code); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(qr)-8), "modules")
			b.ReportMetric(float64(len(code)), "characters")
		})
	}
}
