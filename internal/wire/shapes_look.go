package wire

// Look is how an organizer's pages differ from the app's own. Null fields: the app's own.
type Look struct {
	Accent     *string `json:"accent"`     // a color like "#5b3fa8"
	Text       *string `json:"text"`       // on the waiting page; plain text of several lines
	Logo       *Logo   `json:"logo"`       // null: none
	Stylesheet *string `json:"stylesheet"` // the path of a style sheet with the colors
}

// Logo is an organizer's logo.
type Logo struct {
	URL    string `json:"url"` // a path of this site; the picture below it never changes
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Alt    string `json:"alt"` // "": it shows nothing that the name of the season does not say
}

// AdminLook is a season's look with what follows from it.
type AdminLook struct {
	Look    Look     `json:"look"`
	Colors  *Colors  `json:"colors"`  // null: the app's own
	Removed []string `json:"removed"` // what was left out of the logo that the request sent; never null
}

// Colors are the colors that were derived from an accent.
type Colors struct {
	Light ColorScheme `json:"light"`
	Dark  ColorScheme `json:"dark"`
}

// ColorScheme are the colors of light or of dark pages.
type ColorScheme struct {
	Accent   string  `json:"accent"`
	Strong   string  `json:"strong"`   // of a button under the pointer
	On       string  `json:"on"`       // of text on the accent
	Tint     string  `json:"tint"`     // of areas behind text
	Contrast float64 `json:"contrast"` // the least contrast of the accent with what it stands on
}
