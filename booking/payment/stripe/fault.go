package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/internal/fault"
)

// callError is a failed call, with a text that may be logged. Stripe's own error would
// print the intent with its client secret.
type callError struct {
	text   string
	status int // HTTP status; 0: no response, or an unreadable one
	kind   stripego.ErrorType
	err    error
}

// Error returns the text for the operator.
func (e *callError) Error() string { return e.text }

// Unwrap returns the cause, nil for an error of Stripe.
func (e *callError) Unwrap() error { return e.err }

const longestText = 500 // length of an error text, in bytes

// explain turns an error of a call into one that an operator can read and that contains
// no secret.
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
		c.err = nil // Stripe's error contains the client secret: do not wrap it
	}
	c.text = strings.ReplaceAll(c.text, p.o.SecretKey, "(secret key)")
	if len(c.text) > longestText {
		c.text = c.text[:longestText] + "…" // for example a page of a proxy
	}
	c.text = "stripe: " + doing + ": " + c.text
	switch c.status {
	case http.StatusUnauthorized:
		c.text += "; Stripe rejects --stripe-secret-key: nothing can be sold or settled until the key is right"
	case http.StatusForbidden:
		c.text += "; --stripe-secret-key lacks a permission: it must be allowed to write Checkout Sessions, PaymentIntents and Refunds, and to read Events"
	case http.StatusNotFound:
		c.text += "; Stripe does not know this object: --stripe-secret-key must belong to the account and the mode in which the sale began"
	}
	return fault.Wrap(fault.Unavailable, c, "the payment provider did not give a clear answer; try again later")
}

// isRefusal reports whether Stripe understood a call and refused it, so that the call
// had no effect. All other errors leave the effect unknown: a conflict or a limit (409,
// 429), a rejected key (401, 403), a failure of Stripe (5xx), and no response.
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

// notKnown returns the error for an outcome that is still unknown.
func notKnown(format string, args ...any) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("stripe: "+format, args...), "the payment provider does not know yet; try again later")
}
