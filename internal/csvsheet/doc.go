// Package csvsheet reads CSV files as spreadsheets and editors save them. Text decodes
// a file, or says which other kind of file it is. Open reads a CSV file with any of
// the separators that spreadsheets write, Records one with a header, and names the wrong
// lines. Which columns there are, and what is right in them, the callers say.
// Lines and columns count from 1; columns count bytes, as in encoding/csv.
package csvsheet
