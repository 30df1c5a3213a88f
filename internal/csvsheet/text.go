package csvsheet

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Problem is what is wrong with a file, and where.
type Problem struct {
	Line, Column int
	What         string
}

func (p *Problem) Error() string { return p.What }

// Text returns a file's text as UTF-8 without a byte order mark and with lines
// that end in \n or \r\n. A file that is no such text is a *Problem that names
// what it is and that it should be saved as such, like "UTF-8".
func Text(file []byte, as string) ([]byte, error) {
	if what := otherThanText(file); what != "" {
		return nil, &Problem{1, 1, what + ": save as " + as}
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) {
		line, column := placeOf(file, invalidAt(file))
		return nil, &Problem{line, column, fmt.Sprintf("line %d is not UTF-8: save as %s", line, as)}
	}
	if !bytes.ContainsRune(file, '\n') { // as programs on an old Mac end lines
		file = bytes.ReplaceAll(file, []byte("\r"), []byte("\n"))
	}
	return file, nil
}

// otherThanText names a file that is no text, by how it begins; "" is text.
func otherThanText(file []byte) string {
	begins := func(with string) bool { return bytes.HasPrefix(file, []byte(with)) }
	head := file[:min(len(file), 4096)]
	switch {
	case begins("\xff\xfe"), begins("\xfe\xff"):
		return "the file is UTF-16"
	case begins("PK") && bytes.Contains(head, []byte("application/vnd.oasis.opendocument")):
		return "the file is an OpenDocument spreadsheet (.ods)"
	case begins("PK\x03\x04"), begins("PK\x05\x06"):
		return "the file is an Excel workbook (.xlsx) or another zip archive"
	case begins("\xd0\xcf\x11\xe0"):
		return "the file is an old Excel workbook (.xls)"
	case begins("%PDF-"):
		return "the file is a PDF"
	case begins("\x1f\x8b"):
		return "the file is compressed (gzip)"
	case isHTML(head):
		return "the file is a web page (HTML)"
	}
	// Without a mark, text in UTF-16 has a nought beside almost every letter.
	if noughts := bytes.Count(head, []byte{0}); noughts > 0 {
		if noughts*3 > len(head) {
			return "the file is UTF-16"
		}
		return "the file is no text"
	}
	return ""
}

func isHTML(head []byte) bool {
	head = bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))))
	for _, tag := range []string{"<!doctype html", "<html", "<table", "<meta", "<?xml"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// invalidAt is the place of the first byte that is not UTF-8.
func invalidAt(text []byte) int {
	for at := 0; at < len(text); {
		sign, size := utf8.DecodeRune(text[at:])
		if sign == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(text)
}

func placeOf(text []byte, at int) (line, column int) {
	before := text[:at]
	return 1 + bytes.Count(before, []byte("\n")), at - bytes.LastIndexByte(before, '\n')
}
