package paper

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

func sample() Ticket {
	return Ticket{
		Season: "Spring Gala 2027", Starts: "Friday, 7 May 2027, 20:00 (Europe/Berlin)", Doors: "19:00 (Europe/Berlin)", Place: "Opera House, 1 Main Street",
		Seat: "A-14", Section: "Stalls", Row: "A", Category: "VIP", Price: "45.00 EUR", Holder: "Zoë Nguyễn",
		ID: "0123456789abcdef01234567", Order: "89abcdef0123456701234567", IssuedAt: time.Date(2027, 3, 1, 19, 30, 0, 0, time.UTC),
		Code: checkered(29),
		Words: Words{
			Language: "en", Title: "Ticket A-14 · Spring Gala 2027", Titles: "Tickets · Spring Gala 2027",
			Doors: "Doors", Seat: "Seat", Section: "Section", Row: "Row", Category: "Category", Price: "Price", Name: "Name",
			Show: "Show this code at the gate.", IDs: "Ticket 0123456789abcdef01234567 · Order 89abcdef0123456701234567 · Issued 1 March 2027, 19:30 UTC",
			Missing: Missing + " stands for letters that this document's font does not have.",
		},
	}
}

// checkered returns the modules of a made-up code that differs from its mirror image and
// from itself turned around.
func checkered(n int) [][]bool {
	code := make([][]bool, n)
	for y := range code {
		code[y] = make([]bool, n)
		for x := range code[y] {
			code[y][x] = x > 3 && y > 3 && x < n-4 && y < n-4 && (x*y+x/3+y)%3 == 0
		}
	}
	return code
}

func TestOnePagePerTicketAndTheSameBytesAgain(t *testing.T) {
	other := sample()
	other.Seat = "A-15"
	tickets := []Ticket{sample(), other}
	first, err := PDF(tickets)
	must(t, err)
	// Several at once, because they share the bytes of the font.
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if again, err := PDF(tickets); err != nil || !bytes.Equal(first, again) {
				t.Errorf("the same tickets gave different bytes, %v", err)
			}
		})
	}
	all.Wait()
	if got := bytes.Count(first, []byte("/Type /Page\n")); got != 2 {
		t.Errorf("%d pages, want 2", got)
	}
	if len(first) > 200_000 || !bytes.HasPrefix(first, []byte("%PDF-")) {
		t.Errorf("%d bytes, beginning %q", len(first), first[:8])
	}
	if _, err := PDF(nil); err == nil {
		t.Error("a document without tickets was made")
	}
}

// TestThePageContainsTheTicketAsText: the text can be searched and read aloud.
func TestThePageContainsTheTicketAsText(t *testing.T) {
	pdf := plain(t, sample())
	for _, want := range []string{"Spring Gala 2027", "A-14", "Stalls", "VIP", "Zoë Nguyễn", "Section", "Row", "Friday, 7 May 2027, 20:00 (Europe/Berlin)", "Doors 19:00 (Europe/Berlin)", "Opera House, 1 Main Street", "45.00 EUR", "Ticket 0123456789abcdef01234567", "1 March 2027, 19:30 UTC"} {
		if !bytes.Contains(pdf, inPDF(want)) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if bytes.Contains(pdf, inPDF(string(missing)+" stands for")) {
		t.Error("a footnote explains missing letters, and no letter is missing")
	}
	bare := sample()
	bare.Section, bare.Row, bare.Doors = "", "", ""
	if page := plain(t, bare); bytes.Contains(page, inPDF("Section")) || bytes.Contains(page, inPDF("Doors")) {
		t.Error("the page of a seat without a section shows a section, or doors that are not known")
	}
	foreign := sample()
	foreign.Holder = "王小明 Smith"
	if pdf := plain(t, foreign); !bytes.Contains(pdf, inPDF("▯ Smith")) || !bytes.Contains(pdf, inPDF("▯ stands for")) {
		t.Error("letters that the font lacks are not replaced and explained")
	}
}

// TestTheCodeIsDrawnModuleByModule reads the modules back out of the paths of the page.
func TestTheCodeIsDrawnModuleByModule(t *testing.T) {
	ticket := sample()
	want := ticket.Code
	n := len(want)
	pdf := plain(t, ticket)
	const pt = 72 / 25.4
	module := qrWidth * pt / float64(n)
	number := `(-?[0-9.]+)`
	corner := func(op string) string { return number + " " + number + " " + op + `\s+` }
	shape := regexp.MustCompile(corner("m") + corner("l") + corner("l") + corner("l") + "h")
	got := make([][]bool, n)
	for y := range got {
		got[y] = make([]bool, n)
	}
	type box struct{ x0, y0, x1, y1 float64 }
	var boxes []box
	for _, m := range shape.FindAllStringSubmatch(string(pdf), -1) {
		v := make([]float64, 8)
		for i := range v {
			var err error
			v[i], err = strconv.ParseFloat(m[i+1], 64)
			must(t, err)
		}
		boxes = append(boxes, box{v[0], v[1], v[4], v[5]})
	}
	if len(boxes) == 0 {
		t.Fatal("nothing is drawn")
	}
	originX := (left + 170 - qrWidth) * pt
	top := boxes[0].y0 // of the first row that has a module
	for y, row := range want {
		if strings.Contains(fmt.Sprint(row), "true") {
			top += float64(y) * module
			break
		}
	}
	for _, b := range boxes {
		y := int(math.Round((top - b.y0) / module))
		for x := int(math.Round((b.x0 - originX) / module)); x < int(math.Round((b.x1-originX)/module)); x++ {
			if math.Abs(b.y0-b.y1-module) > 0.02 {
				t.Fatalf("a module is %g high, want %g", b.y0-b.y1, module)
			}
			got[y][x] = true
		}
	}
	for y := range want {
		if fmt.Sprint(got[y]) != fmt.Sprint(want[y]) {
			t.Fatalf("row %d is drawn as\n%v, want\n%v", y, got[y], want[y])
		}
	}
}

// TestLongNamesStayOnThePage: a text that is too long even when small and on several
// lines ends with an ellipsis.
func TestLongNamesStayOnThePage(t *testing.T) {
	long := sample()
	long.Season = strings.Repeat("An evening with everybody and everything ", 6)
	long.Holder = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 5)
	long.Section = strings.Repeat("W", 64)
	pdf, err := PDF([]Ticket{long})
	must(t, err)
	if len(pdf) == 0 {
		t.Error("no document")
	}
	if text := plain(t, long); !bytes.Contains(text, inPDF("…")) {
		t.Error("a text that is too long has no ellipsis")
	}
}

func TestLettersThatTheFontLacks(t *testing.T) {
	for text, want := range map[string]struct {
		drawn string
		whole bool
	}{
		"Zoë Nguyễn":         {"Zoë Nguyễn", true},
		"Nguye\u0302\u0303n": {"Nguyễn", true}, // letter and accents apart
		"Łukasz Ђорђе Ωμέγα": {"Łukasz Ђорђе Ωμέγα", true},
		"Ann  O’Neill-Smith": {"Ann  O’Neill-Smith", true},
		"€45.00 · №7":        {"€45.00 · №7", true},
		"王小明":                {"▯", false},
		"王 小明":               {"▯ ▯", false},
		"Ann 🎉👨‍👩‍👧 Lee":     {"Ann ▯ Lee", false},
		"עדה לבלייס":         {"▯ ▯", false},
		"آدا":                {"▯", false},
		"x\u0338y":           {"xy", false}, // a stroke through x that is no letter
		"a\u202Eb\x00c\nd":   {"abc d", true},
		"\xff":               {"▯", false},
		"":                   {"", true},
	} {
		if drawn, whole := drawable(text); drawn != want.drawn || whole != want.whole {
			t.Errorf("%q is drawn as %q, whole %v; want %q, %v", text, drawn, whole, want.drawn, want.whole)
		}
	}
	if !canDraw(missing) || !canDraw('…') || !canDraw('·') {
		t.Error("the font lacks ▯, … or ·, which the page uses itself")
	}
}

// TestTheTitleContainsTheSeason: letters that fpdf cannot write are replaced.
func TestTheTitleContainsTheSeason(t *testing.T) {
	for season, want := range map[string]string{"春 Gala é": "春 Gala é", "Gala 🎭 é": "Gala ▯ é", "Gala \xe2": "Gala \uFFFD", "Gala 🎭": "Gala ▯"} {
		one := sample()
		one.Words.Title = "Ticket A-14 · " + season
		one.Season = season
		if !bytes.Contains(plain(t, one), append([]byte("/Title (\xfe\xff"), append(inPDF("Ticket A-14 · "+want), ')')...)) {
			t.Errorf("the title of season %q does not end in %q", season, want)
		}
	}
}

// plain returns the document of one ticket, not compressed.
func plain(t *testing.T, ticket Ticket) []byte {
	t.Helper()
	pdf, err := draw([]Ticket{ticket}, false)
	must(t, err)
	return pdf
}

// inPDF returns a text as it is written in a page: in UTF-16, with special bytes escaped.
func inPDF(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		for _, b := range []byte{byte(unit >> 8), byte(unit)} {
			if b == '(' || b == ')' || b == '\\' {
				out = append(out, '\\')
			}
			out = append(out, b)
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
