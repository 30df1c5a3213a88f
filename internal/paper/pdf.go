package paper

import (
	"bytes"
	"errors"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
)

// Ticket is the content of a page. Empty fields are left out.
type Ticket struct {
	Season   string // its name
	Starts   string // when the event starts, in its own time zone
	Doors    string // when the doors open
	Place    string // the venue and its address
	Seat     string
	Section  string
	Row      string
	Category string
	Price    string // with the currency
	Holder   string
	ID       string
	Short    string // the short code under the QR code, for staff to type
	Order    string // id of the purchase
	IssuedAt time.Time
	Code     [][]bool // the QR code's modules with their quiet zone, rows from the top
	Words    Words
}

// Words are the texts of a ticket in one language. The font must have their letters:
// see CanWrite.
type Words struct {
	Language string // BCP 47
	Title    string // of a document with this ticket alone
	Titles   string // of a document with this ticket and more

	// Names of the fields of a ticket.
	Doors, Seat, Section, Row, Category, Price, Name string

	Show    string // what to do with the code
	IDs     string // the ids of the ticket and the order, and when it was issued
	Missing string // the footnote where letters of a name are missing
	Note    string // a last line; may be empty
}

// Edition is the version of the drawing. Change it whenever the drawing changes, so
// that caches do not return an older page.
const Edition = "5"

// Measures of an A4 page, in millimetres.
const (
	left    = 20.0
	width   = 170.0
	qrWidth = 60.0 // more than a millimetre a module, which any camera can read
	face    = "dejavu"
)

// PDF draws tickets, one a page, in black on white. The same tickets give the same
// bytes.
func PDF(tickets []Ticket) ([]byte, error) {
	if len(tickets) == 0 {
		return nil, errors.New("paper: no tickets")
	}
	return draw(tickets, true)
}

func draw(tickets []Ticket, compress bool) ([]byte, error) {
	p := page{fpdf.New("P", "mm", "A4", "")}
	p.SetCompression(compress)
	p.SetCatalogSort(true)
	p.AddUTF8FontFromBytes(face, "", dejavusans.TTF)
	p.AddUTF8FontFromBytes(face, "B", dejavusansbold.TTF)
	p.SetMargins(left, left, left)
	p.SetCellMargin(0) // text is measured without one
	p.SetAutoPageBreak(false, 0)
	p.SetCreator("Usher", true)
	p.SetLang(tickets[0].Words.Language)
	p.SetCreationDate(tickets[0].IssuedAt.UTC())
	p.SetModificationDate(tickets[0].IssuedAt.UTC())
	title := tickets[0].Words.Titles
	if len(tickets) == 1 {
		title = tickets[0].Words.Title
	}
	p.SetTitle(titled(title), true)
	for _, t := range tickets {
		p.AddPage()
		p.ticket(t)
	}
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// page draws on the document's current page.
type page struct{ *fpdf.Fpdf }

func (p page) ticket(t Ticket) {
	season, _ := drawable(t.Season)
	y := p.lines(left, 32, width, 22, "B", season)
	whole := true
	for _, line := range []string{t.Starts, named(t.Words.Doors, t.Doors), t.Place} {
		line, all := drawable(line)
		if line != "" {
			whole = whole && all
			y = p.lines(left, y+7, width, 12, "", line)
		}
	}
	p.SetLineWidth(0.6)
	p.Line(left, y+3, left+width, y+3)

	top := y + 16
	column := width - qrWidth - 6
	p.qr(left+width-qrWidth, top-6, t.Code)
	p.SetFont(face, "B", 13)
	p.Text(left+width-qrWidth/2-p.GetStringWidth(t.Short)/2, top-6+qrWidth+3, t.Short)
	y = top
	for _, fact := range []struct {
		name, value string
		size        float64
	}{
		{t.Words.Seat, t.Seat, 34},
		{t.Words.Section, t.Section, 16},
		{t.Words.Row, t.Row, 16},
		{t.Words.Category, t.Category, 16},
		{t.Words.Price, t.Price, 16},
		{t.Words.Name, t.Holder, 16},
	} {
		value, all := drawable(fact.value)
		if value == "" {
			continue
		}
		whole = whole && all
		p.lines(left, y, column, 9, "", fact.name)
		y = p.lines(left, y+fact.size*0.42+1.5, column, fact.size, "B", value) + 9
	}

	y = max(y, top+qrWidth+6)
	p.SetLineWidth(0.2)
	p.Line(left, y, left+width, y)
	y += 7
	notes := []string{t.Words.Show, t.Words.IDs}
	if !whole {
		notes = append(notes, t.Words.Missing)
	}
	for _, line := range append(notes, t.Words.Note) {
		y = p.lines(left, y, width, 8.5, "", line) + 5.5
	}
}

// named returns a value after its name; "" without a value.
func named(name, value string) string {
	if value == "" {
		return ""
	}
	return name + " " + value
}

// lines writes text from a baseline down and returns the last baseline. Text that is
// too wide is written smaller, then over several lines. Sizes are in points.
func (p page) lines(x, y, width, size float64, style, text string) float64 {
	least := max(8, size*0.6)
	for p.SetFont(face, style, size); size > least && p.GetStringWidth(text) > width; {
		size = max(least, size-1)
		p.SetFontSize(size)
	}
	for i, line := range p.SplitText(text, width) {
		if i > 0 {
			y += size * 0.45
		}
		if i == 3 { // a very long name must not fill the page
			p.Text(x, y, "…")
			break
		}
		p.Text(x, y, line)
	}
	return y
}

// qr draws a code as one filled path, so that viewers show no gaps between modules.
func (p page) qr(x, y float64, code [][]bool) {
	if len(code) == 0 {
		return
	}
	module := qrWidth / float64(len(code))
	p.SetFillColor(0, 0, 0)
	for row, modules := range code {
		for from := 0; from < len(modules); from++ {
			if !modules[from] {
				continue
			}
			to := from
			for to < len(modules) && modules[to] {
				to++
			}
			x0, x1 := x+float64(from)*module, x+float64(to)*module
			y0, y1 := y+float64(row)*module, y+float64(row+1)*module
			p.MoveTo(x0, y0)
			p.LineTo(x1, y0)
			p.LineTo(x1, y1)
			p.LineTo(x0, y1)
			p.ClosePath()
			from = to
		}
	}
	p.DrawPath("F")
}
