// Package csvsheet reads what people save out of spreadsheets and editors: Text
// takes the bytes of a file for text, or says what the file is instead; Open
// reads a CSV file whatever separator the spreadsheet wrote. It knows no column
// and no domain. Lines and columns count from 1; columns count bytes, as
// encoding/csv does.
package csvsheet
