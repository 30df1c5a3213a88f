// Package payment is the interface to the payment provider. Provider is the interface
// that purchases and refunds use; NewSandbox returns a Provider that moves no money.
// Package booking/payment/stripe is the provider Stripe.
//
// The package knows nothing of orders, seats and tickets.
package payment
