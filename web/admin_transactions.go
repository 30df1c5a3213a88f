package web

import (
	"net/http"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/wire"
)

// getAdminTransactions shows a season's purchases, newest first, and who made
// them.
func (s *Server) getAdminTransactions(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	limit, cursor, err := page(r, transactionsPage, maxTransactionsPage)
	if err != nil {
		return err
	}
	status := booking.TransactionStatus(r.URL.Query().Get("status"))
	transactions, next, err := s.o.Booking.SeasonTransactions(r.Context(), season.ID, status, limit, cursor)
	if err != nil {
		return err
	}
	list := wire.DeskTransactions{Transactions: make([]wire.DeskTransaction, 0, len(transactions)), Next: orNull(next)}
	for _, t := range transactions {
		list.Transactions = append(list.Transactions, wire.DeskTransaction{
			Transaction: toTransaction(t.Transaction), UserID: t.User, Holder: t.Holder,
		})
	}
	return answerJSON(w, http.StatusOK, list)
}
