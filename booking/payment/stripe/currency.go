package stripe

import "fmt"

// Usher's amounts are in the minor unit of ISO 4217, and so are Stripe's, but for
// these (https://docs.stripe.com/currencies, special cases). Currencies without a
// minor unit, such as JPY, are the same to both.
var (
	// hundredfold have no minor unit any more; Stripe goes on writing two digits.
	hundredfold = map[string]bool{"ISK": true, "UGX": true}
	// whole has a minor unit that Stripe does not write.
	whole = map[string]bool{"MGA": true}
	// tenfold have three digits, of which cards know two.
	tenfold = map[string]bool{"BHD": true, "JOD": true, "KWD": true, "OMR": true, "TND": true}
)

// toStripe returns an amount of minor units as Stripe writes it.
func toStripe(amount int64, currency string) (int64, error) {
	switch {
	case hundredfold[currency]:
		return amount * 100, nil
	case whole[currency] && amount%100 != 0:
		return 0, fmt.Errorf("stripe: %d is no whole number of %s, which is all that Stripe can charge", amount, currency)
	case whole[currency]:
		return amount / 100, nil
	case tenfold[currency] && amount%10 != 0:
		return 0, fmt.Errorf("stripe: %d of %s does not end in 0, and cards know two digits only", amount, currency)
	}
	return amount, nil
}

// fromStripe is the way back.
func fromStripe(amount int64, currency string) int64 {
	switch {
	case hundredfold[currency]:
		return amount / 100
	case whole[currency]:
		return amount * 100
	}
	return amount
}
