package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/internal/fault"
)

// callError is a call that did not succeed, in words that may stand in a log:
// Stripe's own error would print the intent with its client secret.
type callError struct {
	text   string
	status int // 0: no answer came, or none that can be read
	kind   stripego.ErrorType
	err    error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }

const longestText = 500 // of an error, in bytes

// explain words an error of a call for the operator.
func (p *Provider) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	c := &callError{text: err.Error(), err: err}
	var answer *stripego.Error
	if errors.As(err, &answer) {
		c.status, c.kind = answer.HTTPStatusCode, answer.Type
		c.text = fmt.Sprintf("%d %s", answer.HTTPStatusCode, answer.Type)
		for _, detail := range []string{string(answer.Code), string(answer.DeclineCode), answer.Msg, answer.RequestID} {
			if detail != "" {
				c.text += ", " + detail
			}
		}
		// A handle on what Stripe said would hand on what must not be printed.
		c.err = nil
	}
	c.text = strings.ReplaceAll(c.text, p.o.SecretKey, "(secret key)")
	if len(c.text) > longestText {
		c.text = c.text[:longestText] + "…" // somebody's page instead of Stripe's answer
	}
	c.text = "stripe: " + doing + ": " + c.text
	switch c.status {
	case http.StatusUnauthorized:
		c.text += "; Stripe does not accept --stripe-secret-key: nothing can be sold or settled until it does"
	case http.StatusForbidden:
		c.text += "; the key of --stripe-secret-key may not do this: it needs to write PaymentIntents and Refunds"
	case http.StatusNotFound:
		c.text += "; Stripe does not know it: does --stripe-secret-key belong to the account, and the mode, that the sale began with?"
	}
	return fault.Wrap(fault.Unavailable, c, "the payment provider gives no clear answer; try again later")
}

// isRefusal reports whether Stripe understood a call and refused it, so that the
// call itself did nothing. Where somebody else is at work on the same thing
// (409, 429), where the key is not accepted (401, 403), where Stripe failed (5xx)
// or no answer came, nothing is said of what was done.
func isRefusal(err error) bool {
	var c *callError
	if !errors.As(err, &c) {
		return false
	}
	switch c.status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return c.kind == stripego.ErrorTypeCard || c.kind == stripego.ErrorTypeInvalidRequest
	}
	return false
}

// notKnown is an outcome that nobody can tell yet.
func notKnown(format string, args ...any) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("stripe: "+format, args...), "the payment provider does not know yet; try again later")
}
