package feed

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/wire"
)

// The types of events.
const (
	Completed = "transaction.completed" // sold; version 1 of the transaction
	Cancelled = "transaction.cancelled" // declined or not paid; version 1
	Refunded  = "transaction.refunded"  // seats refunded; version 1 + number of the refund
	Moved     = "transaction.moved"     // a ticket moved to another seat; version 1 + number of the move, which counts as a refund

	AllotmentChanged = "allotment.changed" // seats came into an allotment, left one, or moved
	SeasonCancelled  = "season.cancelled"  // the show does not take place; a transaction.refunded follows for each purchase
)

// Event is one event. The id is that of the decision it reports, so a receiver
// recognises a repetition. The body is JSON, encoded once, so every receiver and
// every attempt gets the same bytes.
type Event struct {
	ID   string    `bson:"_id"` // "<event>", or "<event>#…" when an operator has it sent again
	At   time.Time `bson:"at"`  // of the decision
	Body string    `bson:"body"`
}

// id returns the id of the event without the suffix of a repetition.
func (e *Event) id() string {
	id, _, _ := strings.Cut(e.ID, "#")
	return id
}

// Body is an event as docs/feed.md describes it.
type Body struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Timestamp Time   `json:"timestamp"`
	Data      Data   `json:"data"`
}

// Data is the transaction after the event, and the refund or the move if the event reports
// one; seats that came into an allotment or left one; or a cancelled show.
type Data struct {
	Transaction *Transaction `json:"transaction,omitempty"`
	Refund      *Refund      `json:"refund,omitempty"`
	Move        *Move        `json:"move,omitempty"`
	Allotment   *Allotment   `json:"allotment,omitempty"`
	Season      *Season      `json:"season,omitempty"`
}

// Transaction is the state of a transaction after an event.
type Transaction struct {
	ID          string `json:"id"`
	Season      string `json:"season"`
	UserID      string `json:"userId"`
	Holder      string `json:"holder"`
	Version     int    `json:"version"` // grows with each event of the transaction
	Status      string `json:"status"`
	Reason      string `json:"reason"`
	Total       int64  `json:"total"`
	Refunded    int64  `json:"refunded"` // of total
	Currency    string `json:"currency"`
	CreatedAt   Time   `json:"createdAt"`
	CompletedAt Time   `json:"completedAt"`
	Seats       []Seat `json:"seats"`
	Desk        *Desk  `json:"desk,omitempty"` // of a sale at the desk; missing: a user bought
}

// Desk says how a transaction was sold at the desk.
type Desk struct {
	By        string  `json:"by"`        // who sold
	Method    string  `json:"method"`    // cash, invoice, free
	Reference *string `json:"reference"` // null: none
	Allotment *string `json:"allotment"` // whose seats were sold; null: seats on sale
	Email     *string `json:"email"`     // of the buyer; null: none
	ListTotal int64   `json:"listTotal"` // what the seats cost that were given away; else 0
}

// Seat is one seat of a transaction.
type Seat struct {
	SeatNumber string  `json:"seatNumber"`
	Category   string  `json:"category"`
	Price      int64   `json:"price"`
	Type       *string `json:"type"`               // of the price; null: the normal price
	TicketID   string  `json:"ticketId,omitempty"` // "" unless the payment was captured
	Refunded   bool    `json:"refunded"`
}

// Refund is one refund of a transaction.
type Refund struct {
	ID     string   `json:"id"`
	Number int      `json:"number"` // among the refunds of the transaction, from 1
	Amount int64    `json:"amount"`
	Seats  []string `json:"seats"`
}

// Move is one move of a ticket to another seat.
type Move struct {
	ID       string `json:"id"`
	Number   int    `json:"number"` // among the refunds and moves of the transaction, from 1
	Amount   int64  `json:"amount"` // returned, because the new seat costs less
	From     string `json:"from"`
	To       string `json:"to"`
	VoidID   string `json:"voidTicketId"` // the ticket that is void
	TicketID string `json:"ticketId"`     // the new one
}

// Allotment is seats of one change that went the same way. A change has one event for
// each way, and more when they are many.
type Allotment struct {
	Change string   `json:"change"`
	Number int      `json:"number"` // of the event among those of its change, from 1
	Season string   `json:"season"`
	By     string   `json:"by"`   // who changed it, as in the audit log
	From   *string  `json:"from"` // the allotment that the seats left; null: they were on sale
	To     *string  `json:"to"`   // the allotment that they came into; null: they are on sale
	Seats  []string `json:"seats"`
}

// Season is a show that was cancelled.
type Season struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	By     string  `json:"by"`     // who cancelled it, as in the audit log
	Reason *string `json:"reason"` // for the books, not for fans; null: none was given
}

// Time is a time in the format of docs/protocol.md.
type Time = wire.Time

// NewEvent encodes an event that was decided at the given time.
func NewEvent(body Body, at time.Time) (Event, error) {
	text, err := json.Marshal(body)
	return Event{ID: body.ID, At: at, Body: string(text)}, err
}

// Record inserts an event into the outbox. Recording an event twice changes
// nothing, unless more than placedRemembered events followed the first: then the
// event is sent again under the same id.
func (f *Feed) Record(ctx context.Context, e Event) error {
	if f.eventLog.has(e.ID) {
		return nil
	}
	_, err := f.o.Mongo.Collection(outboxName).InsertOne(ctx, e)
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	select {
	case f.recorded <- struct{}{}:
	default: // run has a token already
	}
	return nil
}
