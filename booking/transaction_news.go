package booking

import "encoding/json"

// transactionNews turns what a purchase's last script has published, the
// transaction as JSON, into the event its buyer hears.
func transactionNews(season string, news []byte) (Event, error) {
	var t Transaction
	if err := json.Unmarshal(news, &t); err != nil {
		return Event{}, err
	}
	return Event{Kind: TransactionSettled, Season: season, User: t.User, Transaction: &t}, nil
}
