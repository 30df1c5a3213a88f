package accent

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b Color
		want float64
	}{
		{black, white, 21}, {white, white, 1}, {Color{0x76, 0x76, 0x76}, white, 4.54}, {Color{0x77, 0x77, 0x77}, white, 4.48}, {Color{0xff, 0, 0}, white, 4.00},
	} {
		if got := Contrast(c.a, c.b); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
		if Contrast(c.a, c.b) != Contrast(c.b, c.a) {
			t.Errorf("%s and %s: the contrast depends on the order", c.a, c.b)
		}
	}
}

func TestAColorIsRead(t *testing.T) {
	t.Parallel()
	if c, err := Parse("#5B3fa8"); err != nil || c.String() != "#5b3fa8" {
		t.Errorf("got %s, %v", c, err)
	}
	for _, wrong := range []string{"", "#", "5b3fa8", "#5b3fa", "#5b3fa80", "#5b3fg8", "#+b3fa8", "#-00001", "red", "#5b3 a8", "#5b_3fa", "é#5b3fa", "#0x12ab"} {
		if c, err := Parse(wrong); err == nil || !strings.Contains(err.Error(), "#5b3fa8") {
			t.Errorf("%q: got %s, %v", wrong, c, err)
		}
	}
}

func TestAColorThatCannotBeReadIsRefusedWithTheFigure(t *testing.T) {
	t.Parallel()
	for color, figure := range map[string]string{"#ffcc00": "1.41", "#ffffff": "1.00", "#767676": "4.25", "#ff0000": "3.74"} {
		c, err := Parse(color)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Derive(c)
		if err == nil {
			t.Errorf("%s is accepted", color)
			continue
		}
		near := regexp.MustCompile(`such as (#[0-9a-f]{6})$`).FindStringSubmatch(err.Error())
		if !strings.Contains(err.Error(), "contrast of "+figure+" on") || !strings.Contains(err.Error(), "4.5") || near == nil {
			t.Errorf("%s: %v, want the figure %s", color, err, figure)
			continue
		}
		if c, _ = Parse(near[1]); c == (Color{}) && color != "#ffffff" {
			t.Errorf("%s: black is advised", color)
		}
		if _, err := Derive(c); err != nil {
			t.Errorf("%s: the advised color is refused: %v", color, err)
		}
	}
}

// TestEveryAcceptedColorCanBeReadEverywhere tries many colors: wherever the accent, the
// text on it and the text on the tint stand, light and dark, the contrast is enough.
func TestEveryAcceptedColorCanBeReadEverywhere(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for i := range 20_000 {
		c := Color{uint8(random.IntN(256)), uint8(random.IntN(256)), uint8(random.IntN(256))}
		if i < 2 {
			c = []Color{black, {0, 0, 0xff}}[i]
		}
		p, err := Derive(c)
		if err != nil {
			continue
		}
		accepted++
		if p.Light.Accent != c {
			t.Fatalf("%s became %s on light pages", c, p.Light.Accent)
		}
		for name, side := range map[string]struct {
			Scheme
			grounds []Color
			texts   []Color // --ink and --ink-soft
		}{
			"light": {p.Light, lightGrounds[:], []Color{{0x22, 0x1d, 0x2e}, {0x5f, 0x58, 0x6b}}},
			"dark":  {p.Dark, darkGrounds[:], []Color{{0xf0, 0xec, 0xf7}, {0xb3, 0xab, 0xc2}}},
		} {
			least := Contrast(side.Accent, side.Tint)
			for _, ground := range side.grounds {
				least = min(least, Contrast(side.Accent, ground))
			}
			if least != side.Contrast {
				t.Fatalf("%s %s: Contrast says %.2f, and %.2f is the least", c, name, side.Contrast, least)
			}
			least = min(least, Contrast(side.On, side.Accent), Contrast(side.On, side.Strong))
			for _, text := range side.texts {
				least = min(least, Contrast(text, side.Tint))
			}
			if least < Least {
				t.Fatalf("%s %s: contrast %.2f with %+v", c, name, least, side.Scheme)
			}
		}
	}
	if accepted < 5000 {
		t.Errorf("only %d colors were accepted", accepted)
	}
}

// TestTheGroundsAreThoseOfTheStyleSheet holds the backgrounds beside the app's.
func TestTheGroundsAreThoseOfTheStyleSheet(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../web/app/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, found := strings.Cut(string(text), "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("style.css has no dark part")
	}
	for part, grounds := range map[string][2]Color{light: lightGrounds, dark: darkGrounds} {
		for i, name := range []string{"--paper", "--card"} {
			got := regexp.MustCompile(name + `: (#[0-9a-f]{6});`).FindStringSubmatch(part)
			if got == nil || got[1] != grounds[i].String() {
				t.Errorf("style.css has %s %q, want %s", name, got, grounds[i])
			}
		}
	}
}

func TestTheSheetSetsBothSchemes(t *testing.T) {
	t.Parallel()
	p, err := Derive(Color{0x0a, 0x5c, 0x36})
	if err != nil {
		t.Fatal(err)
	}
	sheet := string(p.Sheet())
	light, dark, _ := strings.Cut(sheet, "@media (prefers-color-scheme: dark)")
	for part, s := range map[string]Scheme{light: p.Light, dark: p.Dark} {
		for _, want := range []string{"--accent: " + s.Accent.String() + ";", "--accent-strong: " + s.Strong.String() + ";", "--on-accent: " + s.On.String() + ";", "--tint: " + s.Tint.String() + ";"} {
			if !strings.Contains(part, want) {
				t.Errorf("%q lacks %s", part, want)
			}
		}
	}
}
