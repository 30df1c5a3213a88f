// Package stripe is the payment provider Stripe. New returns the Provider; HandleEvent
// handles the webhooks that Stripe sends.
//
// A charge is one PaymentIntent. Money moves only when the intent that the ledger names
// for the charge is confirmed. The ledger is a collection in MongoDB. The first insert
// under the id of a charge is final: it names the intent that may be confirmed, or says
// that none may. So every node finds the right intent, however late. Stripe forgets
// idempotency keys after a day; here the keys only save work and decide nothing.
//
// The package never sees a card. The token of a payment is the id of a PaymentMethod,
// which the browser made with Stripe.
package stripe
