package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a request's fields. They keep a frame from asking for more work
// than a fan could mean; a season's own limits are the rooms'.
const (
	MaxSeats      = 64   // seats named or counted in one request
	maxSeatNumber = 32   // characters
	MaxKey        = 255  // characters
	maxPlace      = 4096 // bytes
	maxPayment    = 255  // characters of a payment's method or token
)

// CheckSeats says what is wrong with the seats of a hold or a purchase. Whether
// there are such seats is not its matter.
func CheckSeats(seats []string) error {
	if len(seats) == 0 {
		return errors.New("seats names no seat")
	}
	if len(seats) > MaxSeats {
		return fmt.Errorf("seats names more than %d seats", MaxSeats)
	}
	for _, seat := range seats {
		if n := utf8.RuneCountInString(seat); n == 0 || n > maxSeatNumber {
			return fmt.Errorf("seats has %s, but a seat number has 1 to %d characters", quoted(seat), maxSeatNumber)
		}
	}
	return nil
}

// CheckBest says what is wrong with a wish for the best seats.
func CheckBest(b Best) error {
	if b.Count < 1 || b.Count > MaxSeats {
		return fmt.Errorf("best.count must be 1 to %d", MaxSeats)
	}
	if b.Category != "" && b.Category != "VIP" && b.Category != "Regular" {
		return errors.New(`best.category must be "VIP" or "Regular", or left out for any`)
	}
	return nil
}

// CheckKey says what is wrong with an idempotency key. Control characters are
// refused because an HTTP header, where the same key may come, cannot have them.
func CheckKey(key string) error {
	if n := utf8.RuneCountInString(key); n == 0 || n > MaxKey {
		return fmt.Errorf("key must have 1 to %d characters", MaxKey)
	}
	if strings.ContainsFunc(key, unicode.IsControl) {
		return errors.New("key must not have control characters")
	}
	return nil
}

// CheckPlace says what is wrong with a place to bring back, "" being none. Whether
// it is one is not its matter.
func CheckPlace(place string) error {
	if len(place) > maxPlace {
		return fmt.Errorf("place is longer than %d bytes", maxPlace)
	}
	return nil
}

// CheckPayment says what is wrong with a payment's shape. Which methods and
// tokens there are is the provider's matter.
func CheckPayment(p Payment) error {
	if n := utf8.RuneCountInString(p.Method); n == 0 || n > maxPayment {
		return fmt.Errorf("payment.method must have 1 to %d characters", maxPayment)
	}
	if n := utf8.RuneCountInString(p.Token); n == 0 || n > maxPayment {
		return fmt.Errorf("payment.token must have 1 to %d characters", maxPayment)
	}
	return nil
}
