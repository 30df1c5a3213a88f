package wire

// DeskTransaction is a purchase or a sale at the desk, with its buyer.
type DeskTransaction struct {
	Transaction
	UserID string    `json:"userId"` // of a sale at the desk: a user who cannot sign in
	Holder string    `json:"holder"` // the buyer's name at the time of purchase; "": none
	Email  *string   `json:"email"`  // of the buyer at the desk; null: none, or a user bought
	Desk   *DeskSale `json:"desk"`   // null: a user bought

	Refunded int64 `json:"refunded"` // of the total, over all refunds and moves of the purchase
}

// DeskTransactions is one page of a season's purchases, newest first.
type DeskTransactions struct {
	Transactions []DeskTransaction `json:"transactions"` // never null
	Next         *string           `json:"next"`         // null at the end
}

// DeskSale is what the books say about a sale at the desk.
type DeskSale struct {
	By        string  `json:"by"`        // who sold
	Method    string  `json:"method"`    // cash, invoice, free
	Reference *string `json:"reference"` // null: none
	Allotment *string `json:"allotment"` // whose seats were sold; null: seats on sale
	ListTotal int64   `json:"listTotal"` // what the seats cost that were given away; else 0
}

// DeskStock is what the desk may sell besides numbered seats on sale.
type DeskStock struct {
	Areas      []Area          `json:"areas"`      // with the places that are free; never null
	Allotments []DeskAllotment `json:"allotments"` // sorted by name; never null
}

// DeskAllotment is an allotment and how many seats are in it.
type DeskAllotment struct {
	Name  string `json:"name"`
	Seats int    `json:"seats"`
}

// DeskOffer is what a sale at the desk would sell.
type DeskOffer struct {
	Seats     []CartSeat `json:"seats"` // never null
	Total     int64      `json:"total"`
	ListTotal int64      `json:"listTotal"` // as in DeskSale
	Currency  string     `json:"currency"`
}

// DeskChange is a purchase after a change by the box office.
type DeskChange struct {
	DeskTransaction
	Returned int64    `json:"returned"` // of refunded: what this request returned, or the one that it repeats under its key
	Changed  []string `json:"changed"`  // the seats that it refunded or moved; empty: that was done before; never null
}

// CancelProgress is how far the refunds of a cancelled show are.
type CancelProgress struct {
	Season      string         `json:"season"`
	State       string         `json:"state"`       // none, running, done
	CancelledAt *Time          `json:"cancelledAt"` // null: the show takes place
	By          string         `json:"by"`          // who cancelled it
	Reason      string         `json:"reason"`
	Total       int            `json:"total"`      // purchases: refunded, left and pending
	Refunded    int            `json:"refunded"`   // also those that were refunded before
	Left        int            `json:"left"`       // to be refunded
	Pending     int            `json:"pending"`    // their payment is not decided yet
	Unreturned  int            `json:"unreturned"` // refunds whose money is still to be returned by the provider
	Failed      []FailedReturn `json:"failed"`     // of those, the ones whose last attempt failed; never null, at most 100
}

// FailedReturn is a refund whose money was not returned at the last attempt.
type FailedReturn struct {
	Transaction string `json:"transaction"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	Error       string `json:"error"`
}
