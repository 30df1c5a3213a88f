// Package stripe is the payment provider Stripe. New returns the Provider; HandleEvent
// handles the webhooks that Stripe sends.
//
// A charge is one PaymentIntent, or one page of Checkout. Money moves only when the intent
// that the ledger names for the charge is confirmed, or when the fan pays on the page that
// the ledger names: the address of a page that it does not name is never given away. The
// ledger is a collection in MongoDB. The first insert under the id of a charge is final:
// it names the intent or the page, or says that there is none. So every node finds the right intent, however late. Stripe forgets
// idempotency keys after a day; here the keys only save work and decide nothing.
//
// The package never sees a card. The token of a payment is the id of a PaymentMethod,
// which the browser made with Stripe; a payment without a token opens a page of Checkout.
package stripe
