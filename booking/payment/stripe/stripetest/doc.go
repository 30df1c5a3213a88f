// Package stripetest is a fake of Stripe for tests. New and Start return a Fake, an
// http.Handler that keeps PaymentIntents, Checkout Sessions, their charges and refunds, remembers
// idempotency keys with the parameters of their first use, refuses parameters that Stripe
// does not have, and signs events. Fail gives the next request a fault: lost, late,
// doubled, refused, or answered with an error before or after its effect.
//
// The fake follows Stripe's documentation. It does not depend on how Usher calls it.
package stripetest
