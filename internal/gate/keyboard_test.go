package gate

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"usher/internal/keys"
	"usher/internal/ticket"
)

// typed returns the text that the computer receives when the scanner types a text.
func typed(t *testing.T, text string, scanner, computer layout, caps lock) string {
	t.Helper()
	var out strings.Builder
	for _, r := range text {
		if r == ' ' { // the space bar
			out.WriteRune(r)
			continue
		}
		key, shift := strings.IndexRune(string(scanner.plain), r), false
		row := scanner.plain
		if key < 0 {
			row, shift = scanner.shifted, true
		}
		key = -1
		for i, one := range row {
			if one == r {
				key = i
				break
			}
		}
		if key < 0 {
			t.Skipf("the layout has no key for %q", r)
		}
		plain, shifted := computer.plain[key], computer.shifted[key]
		switch {
		case caps == lockAll:
			shift = !shift
		case caps == lockLetters && isLetterKey(plain, shifted):
			shift = !shift
		case caps == lockLetters && !shift:
			plain = unicode.ToUpper(plain)
		}
		if shift {
			plain = shifted
		}
		out.WriteRune(plain)
	}
	return out.String()
}

func TestEveryLayoutHasEveryKey(t *testing.T) {
	want := len(us().plain)
	for i, l := range append(layouts(), us()) {
		if len(l.plain) != want || len(l.shifted) != want {
			t.Errorf("layout %d has %d and %d keys, want %d", i, len(l.plain), len(l.shifted), want)
		}
	}
}

// TestKnownReadings: examples of what users reported that their scanners typed.
func TestKnownReadings(t *testing.T) {
	for name, c := range map[string]struct{ typed, read string }{
		"German":                            {"ezJhbYß?.Zz", "eyJhbZ-_.Yy"},
		"French":                            {"eyJhbGci)°:&qWa,?", "eyJhbGci-_.1aZqmM"},
		"Caps Lock":                         {"EYjHBgCI-_.1", "eyJhbGci-_.1"},
		"German Caps Lock":                  {"EZjHBgCIß?.1", "eyJhbGci-_.1"},
		"German and typewriter's lock":      {"EZjHBgCI?ß:!", "eyJhbGci-_.1"},
		"French and typewriter's lock":      {"EYjHBgCI°)/1", "eyJhbGci-_.1"},
		"Spanish":                           {"eyJhbGci'?.1", "eyJhbGci-_.1"},
		"Swedish":                           {"eyJhbGci+?.1", "eyJhbGci-_.1"},
		"Russian":                           {"унОриПсш-_ю1", "eyJhbGci-_.1"},
		"a German scanner on a US computer": {"ezJ/?.", "eyJ-_."},
		"base45 on a French computer":       {"UT&&éPAA 5:!", "UT112PQQ %./"},
	} {
		found := readings(c.typed, nil)
		ok := false
		for _, reading := range found {
			ok = ok || reading == c.read
		}
		if !ok {
			t.Errorf("%s: the readings of %q are %q, want %q among them", name, c.typed, found, c.read)
		}
		if len(found) > 64 {
			t.Errorf("%s: %d readings, want at most 64", name, len(found))
		}
	}
}

// TestDamagedCodesAreRepaired: for each layout, in both directions, with each lock.
func TestDamagedCodesAreRepaired(t *testing.T) {
	ring, _ := newRing(t)
	checker := &Checker{Public: &ring.Public}
	for n := range 4 { // different codes contain different characters
		code := sign(t, ring, ticket.Type, func(c *ticket.Claims) { c.IssuedAt = int64(n) })
		want := checker.Check(code).Ticket
		check := func(name, scanned string) {
			t.Run(name, func(t *testing.T) {
				if got := checker.Check(scanned); got.Result != Valid || got.Ticket != want {
					t.Errorf("checking %q: got %+v, want valid", scanned, got)
				}
			})
		}
		for i, other := range append(layouts(), us()) {
			for _, caps := range []lock{lockOff, lockLetters, lockAll} {
				name := fmt.Sprintf("%d/%d/%d", n, i, caps)
				check(name+" computer", typed(t, code, us(), other, caps))
				check(name+" with AIM", typed(t, "]Q1"+code, us(), other, caps))
				t.Run(name+" scanner", func(t *testing.T) {
					scanned := typed(t, code, other, us(), caps)
					if got := checker.Check(scanned); got.Result != Valid || got.Ticket != want {
						t.Errorf("checking %q: got %+v, want valid", scanned, got)
					}
				})
			}
		}
		for _, around := range []string{"]Q1%s", "]d2%s", "\ufeff%s", `"%s"`, "'%s'", "“%s”", "\u00a0%s\u00a0", "%s\r\n", "%s\t", "\x02%s\x03", "\ufeff\"]Q3%s\"\r\n", " ]Q1 %s ", "\u200b%s"} {
			check(around, fmt.Sprintf(around, code))
		}
		check("a line break in the middle", code[:70]+"\r\n"+code[70:])
	}
}

// composed returns the text that arrives when a layout's accents are dead keys: an accent
// and a letter that can have the accent arrive as one letter, and an accent takes the space
// that follows.
func composed(text string) string {
	marks := map[rune]string{'`': "\u0300", '´': "\u0301", '^': "\u0302", '¨': "\u0308", 'ˇ': "\u030c"}
	var out strings.Builder
	var dead rune
	for _, r := range text {
		switch accented := norm.NFC.String(string(r) + marks[dead]); {
		case dead == 0 && marks[r] != "":
			dead = r
			continue
		case dead != 0 && r == ' ':
			out.WriteRune(dead)
		case dead != 0 && len([]rune(accented)) == 1:
			out.WriteString(accented)
		case dead != 0:
			out.WriteString(string(dead) + string(r))
		default:
			out.WriteRune(r)
		}
		dead = 0
	}
	if dead != 0 {
		out.WriteRune(dead)
	}
	return out.String()
}

// TestDamagedCompactCodesAreRepaired: as JWSs, and where a plus became a dead key or the
// scanner types small letters.
func TestDamagedCompactCodesAreRepaired(t *testing.T) {
	// The codes are the same in each run. Those of 150 other keys were tried once.
	ring, err := keys.New(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	checker := &Checker{Public: &ring.Public}
	const czech = 7 // in layouts
	letters, spaces := 0, [2]int{}
	for n := int64(0); n < 6 || spaces[0] < 2 || spaces[1] < 2; n++ { // different codes contain different characters
		code := compact(t, ring, func(c *ticket.Claims) { c.IssuedAt += n })
		lost := [2]int{strings.Count(code, "+ "), strings.Count(code, "3 ")} // by layouts with such a dead key
		if n >= 6 && lost == [2]int{} || lost[0] > 2 || lost[1] > 2 {
			continue
		}
		spaces[0], spaces[1] = spaces[0]+lost[0], spaces[1]+lost[1]
		want := checker.Check(code).Ticket
		check := func(name, scanned string) {
			if got := checker.Check(scanned); got.Result != Valid || got.Ticket != want {
				t.Errorf("%d: %s: checking %q of %q: got %+v, want valid", n, name, scanned, code, got)
			}
		}
		for i, other := range append(layouts(), us()) {
			for _, caps := range []lock{lockOff, lockLetters, lockAll} {
				for direction, c := range map[string][2]layout{"computer": {us(), other}, "scanner": {other, us()}} {
					if canType := undoing(us(), c[0], lockOff); !containsAll(canType, code) {
						continue // no such scanner: its layout has no key for a character
					}
					name := fmt.Sprintf("%d/%d %s", i, caps, direction)
					scanned := typed(t, code, c[0], c[1], caps)
					check(name, scanned)
					// The US layout has no dead keys. On the Czech one with a typewriter's lock,
					// plus is the dead key ´, and é is also the key of 0.
					if direction == "computer" && other.plain[0] != us().plain[0] && (i != czech || caps != lockAll) {
						dead := composed(scanned)
						check(name+" with dead keys", dead)
						letters += len([]rune(scanned)) - len([]rune(dead))
					}
				}
			}
		}
		for _, around := range []string{"]Q1%s", "]d2%s", "\ufeff%s", `"%s"`, "'%s'", "\u00a0%s\u00a0", "%s\r\n", "%s\t", "\ufeff\"]Q3%s\"\r\n", "\u200b%s"} {
			check(around, fmt.Sprintf(around, code))
			check(around+" in small letters", fmt.Sprintf(around, strings.ToLower(code)))
		}
		check("a line break in the middle", code[:70]+"\r\n"+code[70:])
		german := layouts()[0]
		check("small letters and German", typed(t, strings.ToLower(code), us(), german, lockOff))
	}
	if letters == 0 {
		t.Error("dead keys took no characters: the codes test nothing")
	}
}

func containsAll(was map[rune]rune, text string) bool {
	for _, r := range text {
		if _, ok := was[r]; !ok {
			return false
		}
	}
	return true
}

// TestBeyondRepairIsNotChecked: a text that looks like a damaged code is not checked;
// every other text is invalid.
func TestBeyondRepairIsNotChecked(t *testing.T) {
	ring, _ := newRing(t)
	stranger, _ := newRing(t)
	checker := &Checker{Public: &ring.Public}
	code := sign(t, ring, ticket.Type, nil)
	forged := sign(t, stranger, ticket.Type, nil)
	short := compact(t, ring, nil)
	spaced := short // a code with a space
	for n := int64(1); !strings.Contains(spaced, " "); n++ {
		spaced = compact(t, ring, func(c *ticket.Claims) { c.IssuedAt += n })
	}
	german := typed(t, code, us(), layouts()[0], lockOff)
	for name, c := range map[string]struct {
		scanned string
		want    Result
	}{
		"all capitals":               {strings.ToUpper(code), NotChecked},
		"no capitals":                {strings.ToLower(code), NotChecked},
		"compact, a character lost":  {typed(t, short, us(), layouts()[0], lockOff)[:90] + "þ", NotChecked},
		"compact, forged and German": {typed(t, compact(t, stranger, nil), us(), layouts()[0], lockOff), NotChecked},
		"compact, forged":            {compact(t, stranger, nil), Invalid},
		"compact, forged, small":     {strings.ToLower(compact(t, stranger, nil)), Invalid},
		"compact, cut":               {short[:len(short)-2], Invalid},
		"compact, only its start":    {short[:40], Invalid},
		"compact, a space lost":      {strings.Replace(spaced, " ", "", 1), Invalid},
		"German without its ß":       {strings.ReplaceAll(german, german[80:83], "Þ"), NotChecked},
		"half of it German":          {german[:100] + "þ", NotChecked},
		"dots lost":                  {strings.ReplaceAll(code, ".", ""), NotChecked},
		"forged and German":          {typed(t, forged, us(), layouts()[0], lockOff), NotChecked},
		"forged":                     {forged, Invalid},
		"cut":                        {code[:len(code)-3], Invalid},
		"short garbage":              {"nonsense", Invalid},
		"a web address":              {"https://example.com/" + strings.Repeat("eyJ", 60), Invalid},
		"long garbage":               {strings.Repeat("lorem ipsum ", 20), Invalid},
		"only the start of a code":   {code[:40], Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			got := checker.Check(c.scanned)
			if got.Result != c.want || got.Ticket != (ticket.Claims{}) || (c.want == NotChecked) != (got.Why == ErrLayout.Error()) {
				t.Errorf("checking %q: got %+v, want %s", c.scanned, got, c.want)
			}
		})
	}
}

// BenchmarkReadDamaged measures the most expensive scan: a text that no layout repairs.
func BenchmarkReadDamaged(b *testing.B) {
	ring, _ := newRing(&testing.T{})
	compact, err := ticket.Sign(ring, first, "demo", "A-14", time.Unix(1_800_000_000, 0))
	if err != nil {
		b.Fatal(err)
	}
	for name, scanned := range map[string]string{
		"jws":     "EYJ" + strings.Repeat("x", maxCode-3),
		"compact": "UT1" + strings.Repeat("x", maxCode-5) + "ß",
		"spaces":  strings.Replace(compact[:100]+"++++++++++++", "Z", "Y", 1) + "ß",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Read(&ring.Public, scanned); !errors.Is(err, ErrLayout) {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzRead: for any text, Read returns, and a code that Read returns is valid as it is.
func FuzzRead(f *testing.F) {
	ring, _ := newRing(&testing.T{})
	code, err := ring.Sign(ticket.Type, &ticket.Claims{Issuer: ticket.Issuer, Audience: ticket.Audience, ID: first, Season: "demo", Seat: "A-14"})
	if err != nil {
		f.Fatal(err)
	}
	short, err := ticket.Sign(ring, first, "demo", "A-14", time.Unix(1_800_000_000, 0))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{short, strings.ToLower(short), "]Q1" + short, "UT1++++++À", code, "]Q1" + code, strings.ToUpper(code), "", "]", "ß?.", strings.Repeat("'", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, scanned string) {
		read, claims, err := Read(&ring.Public, scanned)
		if err != nil {
			if claims != (ticket.Claims{}) || errors.Is(err, ErrLayout) && read != "" {
				t.Errorf("reading %q: error %v and claims %+v", scanned, err, claims)
			}
			return
		}
		if again, said, err := Read(&ring.Public, read); err != nil || again != read || said != claims {
			t.Errorf("reading %q gives %q, and reading that gives %q, %v", scanned, read, again, err)
		}
	})
}
