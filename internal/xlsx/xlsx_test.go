package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"testing"
)

// cell is a cell as a reader of the format sees it.
type cell struct {
	Type  string `xml:"t,attr"`
	Style string `xml:"s,attr"`
	Value string `xml:"v"`
	Text  string `xml:"is>t"`
}

func rowsOf(t *testing.T, file []byte) [][]cell {
	t.Helper()
	book, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var sheet struct {
		Rows []struct {
			Cells []cell `xml:"c"`
		} `xml:"sheetData>row"`
	}
	var names []string
	for _, part := range book.File {
		names = append(names, part.Name)
		from, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		var any struct{}
		if err := xml.Unmarshal(text, &any); err != nil {
			t.Errorf("%s is no XML: %v", part.Name, err)
		}
		if part.Name == "xl/worksheets/sheet1.xml" {
			if err := xml.Unmarshal(text, &sheet); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, want := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing: %v", want, names)
		}
	}
	var rows [][]cell
	for _, row := range sheet.Rows {
		rows = append(rows, row.Cells)
	}
	return rows
}

// TestTextStaysText: whatever it looks like; and numbers are numbers in their
// columns alone.
func TestTextStaysText(t *testing.T) {
	texts := []string{"MAR-1", "5E3", "120000000000000000000e23", "=1+1", "-1", "007", "1/2", "TRUE", "  two  spaces ", "<&>\"'", "Zoë 王", "a\nb"}
	var out bytes.Buffer
	w := New(&out)
	for _, row := range [][]string{texts, {"45.00", "4500", "", "x", "1e5", "1234567890123456", "_x0041_"}, {"\x00"}} {
		if err := w.Row(row, func(column int) bool { return column != 1 && len(row) == 7 }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, out.Bytes())
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, text := range texts {
		if rows[0][i] != (cell{Type: "inlineStr", Style: "1", Text: text}) {
			t.Errorf("%q is %+v", text, rows[0][i])
		}
	}
	text := func(s string) cell { return cell{Type: "inlineStr", Style: "1", Text: s} }
	want := []cell{{Value: "45.00"}, text("4500"), {}, text("x"), text("1e5"), text("1234567890123456"), text("_x005F_x0041_")}
	if !slices.Equal(rows[1], want) {
		t.Errorf("got %+v, want %+v", rows[1], want)
	}
	if rows[2][0] != text("\uFFFD") {
		t.Errorf("what XML cannot hold is %+v", rows[2][0])
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room left") }

func TestAWriterThatFailsIsTold(t *testing.T) {
	w := New(failing{})
	for range 10_000 {
		_ = w.Row([]string{"some text"}, func(int) bool { return false })
	}
	if w.Close() == nil {
		t.Error("no error")
	}
}
