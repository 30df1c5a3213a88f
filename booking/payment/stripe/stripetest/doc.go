// Package stripetest is a Stripe for tests: New makes one, an http.Handler that
// keeps PaymentIntents, their charges and refunds, remembers idempotency keys
// with what they were first used for, refuses parameters that Stripe does not
// have, and signs events. Fail lets a request come to grief on its way: lost,
// late, twice, refused, or answered with an error before or after its effect.
//
// It is written after Stripe's documentation and not after usher's needs; it
// knows nothing of how usher calls it.
package stripetest
