package wire

// DeskTransaction is one purchase as admins see it: with who made it.
type DeskTransaction struct {
	Transaction
	UserID string `json:"userId"`
	Holder string `json:"holder"` // the buyer's name when they bought
}

// DeskTransactions is one page of a season's purchases, newest first.
type DeskTransactions struct {
	Transactions []DeskTransaction `json:"transactions"` // never null
	Next         *string           `json:"next"`         // null at the end
}
