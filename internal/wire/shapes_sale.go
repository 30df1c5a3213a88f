package wire

// Sale is the public state of a sale: the same for everyone in a season.
type Sale struct {
	Paused      bool           `json:"paused"`
	PauseReason *string        `json:"pauseReason"`         // null: not paused, or the organizer gives none
	Cancelled   bool           `json:"cancelled,omitempty"` // the show does not take place; left out while it does
	OpensAt     *Time          `json:"opensAt"`
	ClosesAt    *Time          `json:"closesAt"`
	Notice      *string        `json:"notice"` // of the organizer, plain text
	Stock       string         `json:"stock"`  // available, held, gone, none
	Available   int            `json:"available"`
	Held        int            `json:"held"`  // in carts or being bought
	Total       int            `json:"total"` // for sale
	Currency    string         `json:"currency"`
	Categories  []SaleCategory `json:"categories"` // in the order of the seat plan; never null
	Version     int64          `json:"version"`    // grows with every change
}

// SaleCategory is the stock and the range of normal prices of one category. Prices are what
// is paid, with all fees.
type SaleCategory struct {
	Category  string     `json:"category"`
	Available int        `json:"available"`
	Held      int        `json:"held"`
	Total     int        `json:"total"`
	From      int64      `json:"from"`  // the lowest price, in minor units
	To        int64      `json:"to"`    // the highest price
	Types     []SaleType `json:"types"` // the prices of other types, sorted by type; never null
}

// SaleType is the range of the prices of one type in a category, in minor units.
type SaleType struct {
	Type string `json:"type"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

// Venue is where an event takes place.
type Venue struct {
	Name    string `json:"name"`
	Address string `json:"address"` // may be ""
}

// Notice answers a change of the organizer's notice.
type Notice struct {
	Notice *string `json:"notice"` // null: removed
}

// TextOrNull returns a text as a nullable field: nil for "".
func TextOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
