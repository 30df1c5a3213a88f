// Package csvsheet reads CSV files as spreadsheets and editors save them. Text decodes
// a file, or says which other kind of file it is. Open reads a CSV file with any of
// the separators that spreadsheets write. The package has no rules about columns.
// Lines and columns count from 1; columns count bytes, as in encoding/csv.
package csvsheet
