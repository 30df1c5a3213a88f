// Package stripe takes money through Stripe: it is booking's second provider.
// New makes it; Hear takes the events that Stripe sends.
//
// A charge is one PaymentIntent, and money moves in one place only: when the
// intent that the ledger names for the charge is confirmed. The ledger is a
// collection of its own in MongoDB, where the first insert under a charge's id
// decides for ever which intent may be asked, or that none may be. So whoever
// comes to a charge, on whichever node and however late, knows which intent to
// look at, and Stripe's memory of idempotency keys, which ends after a day, only
// saves work: nothing is decided by it.
//
// It never sees a card: a payment's token is the id of a PaymentMethod that the
// shop's own page made with Stripe.
package stripe
