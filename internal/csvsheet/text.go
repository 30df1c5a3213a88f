package csvsheet

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Problem says what is wrong with a file, and at which line and column.
type Problem struct {
	Line, Column int
	What         string
}

func (p *Problem) Error() string { return p.What }

// Text returns a file's text as UTF-8 without a byte order mark and with lines that
// end in \n or \r\n. For another file the error is a *Problem, which says what kind
// of file it is and to save it as such, for example "UTF-8".
func Text(file []byte, as string) ([]byte, error) {
	if what := otherThanText(file); what != "" {
		return nil, &Problem{1, 1, what + ": save as " + as}
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) {
		line, column := placeOf(file, invalidAt(file))
		return nil, &Problem{line, column, fmt.Sprintf("line %d is not UTF-8: save as %s", line, as)}
	}
	if !bytes.ContainsRune(file, '\n') { // programs on an old Mac end lines with \r alone
		file = bytes.ReplaceAll(file, []byte("\r"), []byte("\n"))
	}
	return file, nil
}

// otherThanText names the kind of a file that is not text, by its first bytes; "" is
// text.
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
	// Without a byte order mark, text in UTF-16 has a zero byte beside almost every letter.
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

// invalidAt returns the line and column of the first byte that is not UTF-8.
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
