// Package xlsx writes a workbook of one sheet (ECMA-376, Office Open XML), row by row
// and without keeping the sheet in memory. Every cell says whether it is text, so that
// a spreadsheet does not make a date, a number or a formula of it. Entry point: New.
package xlsx

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// MediaType is the content type of a workbook.
const MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

const (
	maxRows = 1 << 20 // of a sheet, by the format
	maxText = 32_767  // characters of a cell, by the format
)

// parts are the files of a workbook beside its sheet. Style 1 is the format "@",
// text, so that a cell stays text when it is edited.
func parts() [][2]string {
	const (
		declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
		schemas     = "http://schemas.openxmlformats.org/"
		main        = schemas + "spreadsheetml/2006/main"
		relation    = schemas + "officeDocument/2006/relationships"
		packages    = schemas + "package/2006/"
		media       = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	)
	return [][2]string{
		{"[Content_Types].xml", declaration + `<Types xmlns="` + packages + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + media + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + media + `styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + media + `worksheet+xml"/></Types>`},
		{"_rels/.rels", declaration + `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + relation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", declaration + `<workbook xmlns="` + main + `" xmlns:r="` + relation + `"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", declaration + `<Relationships xmlns="` + packages + `relationships"><Relationship Id="rId1" Type="` + relation + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relation + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", declaration + `<styleSheet xmlns="` + main + `"><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
			`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", declaration + `<worksheet xmlns="` + main + `"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`},
	}
}

// Writer writes one workbook. After its first error it returns that error.
type Writer struct {
	zip   *zip.Writer
	sheet *bufio.Writer
	rows  int
	wrong error
}

// New begins a workbook. The file is complete after Close.
func New(w io.Writer) *Writer {
	out := &Writer{zip: zip.NewWriter(w)}
	for _, part := range parts() { // the sheet is the last part and stays open
		file, err := out.zip.Create(part[0])
		if err == nil {
			_, err = io.WriteString(file, part[1])
		}
		if err != nil {
			out.wrong = err
			return out
		}
		out.sheet = bufio.NewWriter(file)
	}
	return out
}

// Row writes a row. A cell is a number if number names its column and its text is a
// number; else it is text.
func (w *Writer) Row(cells []string, number func(column int) bool) error {
	if w.wrong != nil {
		return w.wrong
	}
	if w.rows++; w.rows > maxRows {
		w.wrong = fmt.Errorf("xlsx: a sheet has at most %d rows", maxRows)
		return w.wrong
	}
	_, _ = w.sheet.WriteString("<row>") // a bufio.Writer keeps its error for Flush
	for column, text := range cells {
		switch {
		case text == "":
			_, _ = w.sheet.WriteString("<c/>")
		case number(column) && isNumber(text):
			_, _ = w.sheet.WriteString("<c><v>" + text + "</v></c>")
		default:
			_, _ = w.sheet.WriteString(`<c s="1" t="inlineStr"><is><t xml:space="preserve">`)
			w.text(text)
			_, _ = w.sheet.WriteString("</t></is></c>")
		}
	}
	_, w.wrong = w.sheet.WriteString("</row>")
	return w.wrong
}

// escapes are texts that the format reads as an escaped character (ECMA-376,
// ST_Xstring).
var escapes = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func (w *Writer) text(text string) {
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText])
	}
	text = escapes.ReplaceAllString(text, "_x005F$0")
	// Characters that XML does not allow become U+FFFD.
	if err := xml.EscapeText(w.sheet, []byte(text)); err != nil {
		w.wrong = err
	}
}

// isNumber reports whether a spreadsheet shows a text unchanged as a number.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && len(text) <= 15 && strings.Trim(text, "0123456789.-") == ""
}

// Close ends the workbook. It does not close the writer under it.
func (w *Writer) Close() error {
	if w.wrong != nil {
		return w.wrong
	}
	_, err := w.sheet.WriteString("</sheetData></worksheet>")
	w.wrong = errors.Join(err, w.sheet.Flush(), w.zip.Close())
	return w.wrong
}
