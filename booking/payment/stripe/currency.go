package stripe

import "fmt"

// Usher and Stripe both write amounts in the minor unit of ISO 4217, except for these
// currencies (https://docs.stripe.com/currencies, special cases).
var (
	// hundredfold have no minor unit, but Stripe writes two digits.
	hundredfold = map[string]bool{"ISK": true, "UGX": true}
	// whole have a minor unit, but Stripe writes none.
	whole = map[string]bool{"MGA": true}
	// tenfold have three digits, the last of which must be 0 for cards.
	tenfold = map[string]bool{"BHD": true, "JOD": true, "KWD": true, "OMR": true, "TND": true}
)

// toStripe converts an amount from minor units to Stripe's units.
func toStripe(amount int64, currency string) (int64, error) {
	switch {
	case hundredfold[currency]:
		return amount * 100, nil
	case whole[currency] && amount%100 != 0:
		return 0, fmt.Errorf("stripe: %d minor units are not a whole number of %s, and Stripe charges whole numbers only", amount, currency)
	case whole[currency]:
		return amount / 100, nil
	case tenfold[currency] && amount%10 != 0:
		return 0, fmt.Errorf("stripe: %d minor units of %s do not end in 0, and cards support two digits only", amount, currency)
	}
	return amount, nil
}

// fromStripe converts an amount from Stripe's units to minor units.
func fromStripe(amount int64, currency string) int64 {
	switch {
	case hundredfold[currency]:
		return amount / 100
	case whole[currency]:
		return amount * 100
	}
	return amount
}
