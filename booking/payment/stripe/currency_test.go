package stripe

import "testing"

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		stripe   int64
		ok       bool
	}{
		{4500, "EUR", 4500, true},
		{500, "JPY", 500, true},
		{500, "ISK", 50000, true},
		{500, "UGX", 50000, true},
		{12300, "MGA", 123, true},
		{12345, "MGA", 0, false},
		{5120, "KWD", 5120, true},
		{5123, "KWD", 0, false},
	} {
		got, err := toStripe(c.amount, c.currency)
		if (err == nil) != c.ok || got != c.stripe {
			t.Errorf("%d %s converts to %d of Stripe's units (%v), want %d", c.amount, c.currency, got, err, c.stripe)
		}
		if back := fromStripe(got, c.currency); c.ok && back != c.amount {
			t.Errorf("%d %s converts back to %d", c.amount, c.currency, back)
		}
	}
}
