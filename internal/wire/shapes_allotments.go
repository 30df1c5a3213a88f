package wire

// Allotments are the seats of a season that are kept under names, off sale.
type Allotments struct {
	Allotments []Allotment `json:"allotments"`      // sorted by name; never null
	Moved      int         `json:"moved,omitempty"` // by this request: seats that were elsewhere
}

// Allotment is a name with the seats under it.
type Allotment struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Seats []string `json:"seats"` // A-2 before A-10
}

// AllotmentChange asks to move seats into an allotment, or on sale.
type AllotmentChange struct {
	Name  *string           `json:"name"` // "": on sale
	Seats []string          `json:"seats,omitempty"`
	Areas []AllotmentPlaces `json:"areas,omitempty"`
}

// AllotmentPlaces asks for free places of an area, which the server chooses.
type AllotmentPlaces struct {
	Area  string `json:"area"`
	Count int    `json:"count"`
}
