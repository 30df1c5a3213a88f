package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a request's fields. They bound the work that one frame can ask for. A
// season's own limits are checked by booking.
const (
	MaxSeats      = 64   // seats in one request
	maxSeatNumber = 32   // characters
	MaxName       = 32   // characters of a category or a price type
	MaxCategories = 100  // categories in one request
	MaxKey        = 255  // characters
	maxPlace      = 4096 // bytes
	maxChallenge  = 4096 // bytes of the token of a solved challenge
	maxPayment    = 255  // characters of a payment's method or token
	MaxCode       = 64   // characters of a code for a phase, without spaces around it
)

// CheckSeats checks the form of the seats of a hold or a purchase. Whether the
// seats exist is not checked.
func CheckSeats(seats []string) error {
	if len(seats) == 0 {
		return errors.New("seats must name at least one seat")
	}
	if len(seats) > MaxSeats {
		return fmt.Errorf("seats must name at most %d seats", MaxSeats)
	}
	for _, seat := range seats {
		if n := utf8.RuneCountInString(seat); n == 0 || n > maxSeatNumber {
			return fmt.Errorf("seats has %s, but a seat number has 1 to %d characters", quoted(seat), maxSeatNumber)
		}
	}
	return nil
}

// CheckWish checks the form of a wish for returned seats. Whether the season takes such a
// wish is not checked.
func CheckWish(w WishedSeats) error {
	if w.Seats < 1 {
		return fmt.Errorf("seats is %d; a wish is for 1 seat or more", w.Seats)
	}
	if len(w.Categories) > MaxCategories {
		return fmt.Errorf("categories must name at most %d categories", MaxCategories)
	}
	if w.UpTo != nil && *w.UpTo < 1 {
		return fmt.Errorf("upTo is %d; it must be a price in minor units, from 1, or null", *w.UpTo)
	}
	return nil
}

// CheckBest checks a request for the best seats.
func CheckBest(b Best) error {
	if b.Count < 1 || b.Count > MaxSeats {
		return fmt.Errorf("best.count must be 1 to %d", MaxSeats)
	}
	if b.Category != "" && len(b.Categories) > 0 {
		return errors.New("best takes either category or categories")
	}
	if len(b.Categories) > MaxCategories {
		return fmt.Errorf("best.categories must name at most %d categories", MaxCategories)
	}
	if utf8.RuneCountInString(b.Category) > MaxName {
		return fmt.Errorf("best.category is %s, but a category has 1 to %d characters", quoted(b.Category), MaxName)
	}
	for _, category := range b.Categories {
		if n := utf8.RuneCountInString(category); n == 0 || n > MaxName {
			return fmt.Errorf("best.categories has %s, but a category has 1 to %d characters", quoted(category), MaxName)
		}
	}
	if n := utf8.RuneCountInString(b.Type); n > MaxName {
		return fmt.Errorf("best.type is %s, but a price type has 1 to %d characters", quoted(b.Type), MaxName)
	}
	if b.UpTo != nil && *b.UpTo < 0 {
		return errors.New("best.upTo must be a price in minor units, not below 0")
	}
	return nil
}

// CheckSeatChoices is CheckSeats for seats with types of prices.
func CheckSeatChoices(c SeatChoices) error {
	if err := CheckSeats(c.Seats); err != nil {
		return err
	}
	for seat, kind := range c.Types {
		if n := utf8.RuneCountInString(kind); n > MaxName {
			return fmt.Errorf("seat %s has the type %s, but a price type has 1 to %d characters", quoted(seat), quoted(kind), MaxName)
		}
	}
	return nil
}

// CheckCode checks the form of a code for a phase; "" is none.
func CheckCode(code string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(code)); n > MaxCode || len(code) > 8*MaxCode {
		return fmt.Errorf("code must have at most %d characters", MaxCode)
	}
	return nil
}

// CheckKey checks an idempotency key. Control characters are refused, because the
// same key may come in an HTTP header.
func CheckKey(key string) error {
	if n := utf8.RuneCountInString(key); n == 0 || n > MaxKey {
		return fmt.Errorf("key must have 1 to %d characters", MaxKey)
	}
	if strings.ContainsFunc(key, unicode.IsControl) {
		return errors.New("key must not have control characters")
	}
	return nil
}

// CheckPlace checks the form of a place that a client brings back; "" means none.
// Its signature is not checked.
func CheckPlace(place string) error {
	if len(place) > maxPlace {
		return fmt.Errorf("place is longer than %d bytes", maxPlace)
	}
	return nil
}

// CheckChallenge checks the form of a challenge's token; "" means none.
func CheckChallenge(token string) error {
	if len(token) > maxChallenge {
		return fmt.Errorf("challenge is longer than %d bytes", maxChallenge)
	}
	return nil
}

// CheckPayment checks the form of a payment. The provider checks the method and the
// token.
func CheckPayment(p Payment) error {
	if n := utf8.RuneCountInString(p.Method); n == 0 || n > maxPayment {
		return fmt.Errorf("payment.method must have 1 to %d characters", maxPayment)
	}
	if n := utf8.RuneCountInString(p.Token); n > maxPayment {
		return fmt.Errorf("payment.token may have at most %d characters", maxPayment)
	}
	return nil
}
