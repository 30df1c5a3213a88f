package wire

// SeasonPlan says where the seat plan in force can be read. The address changes with
// the plan, and what it answers never does.
type SeasonPlan struct {
	Version int64  `json:"version"`
	Seats   int    `json:"seats"`
	URL     string `json:"url"` // a path
}

// SeatPlan is a seat plan in columns, in the order of the seats' indexes. A column of
// runs alternates between a value and how many seats in a row have it. A column of
// differences has an entry a seat: what to add to the entry before, 0 before the first.
type SeatPlan struct {
	Season     string   `json:"season"`
	Version    int64    `json:"version"`
	Count      int      `json:"count"`
	Categories []string `json:"categories"`
	Prices     []int64  `json:"prices"`
	Sections   []string `json:"sections"`
	Rows       []string `json:"rows"`
	Prefixes   []string `json:"prefixes"` // of seat numbers: what stands before their last digits
	Category   []int    `json:"category"` // runs of indexes in categories
	Price      []int    `json:"price"`    // runs of indexes in prices
	Section    []int    `json:"section"`  // runs of indexes in sections
	Row        []int    `json:"row"`      // runs of indexes in rows
	Prefix     []int    `json:"prefix"`   // runs of indexes in prefixes
	Number     []int    `json:"number"`   // differences: the digits after the prefix; -1: none
	X          []int    `json:"x"`        // differences: in thousandths of a seat width
	Y          []int    `json:"y"`

	// Only of a plan with prices of types:
	Lists []map[string]int64 `json:"lists,omitempty"` // lists of prices by type; {} is a seat with its normal price alone
	List  []int              `json:"list,omitempty"`  // runs of indexes in lists

	// Only of a plan with areas:
	Areas []string `json:"areas,omitempty"` // names
	Area  []int    `json:"area,omitempty"`  // runs: 0 is a numbered seat, n a place of areas[n-1]
}
