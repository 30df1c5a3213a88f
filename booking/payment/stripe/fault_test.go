package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/internal/fault"
)

func TestWhichErrorsAreRefusals(t *testing.T) {
	p := &Provider{o: Options{SecretKey: "sk_test_key"}}
	for _, c := range []struct {
		status  int
		kind    stripego.ErrorType
		refusal bool
	}{
		{http.StatusPaymentRequired, stripego.ErrorTypeCard, true},
		{http.StatusBadRequest, stripego.ErrorTypeInvalidRequest, true},
		{http.StatusNotFound, stripego.ErrorTypeInvalidRequest, true},
		{http.StatusBadRequest, stripego.ErrorTypeIdempotency, false}, // another request with the key may have taken the money
		{http.StatusUnauthorized, stripego.ErrorTypeInvalidRequest, false},
		{http.StatusForbidden, stripego.ErrorTypeInvalidRequest, false},
		{http.StatusConflict, stripego.ErrorTypeInvalidRequest, false},
		{http.StatusTooManyRequests, stripego.ErrorTypeInvalidRequest, false},
		{http.StatusInternalServerError, stripego.ErrorTypeAPI, false},
	} {
		err := p.explain("x", &stripego.Error{HTTPStatusCode: c.status, Type: c.kind})
		if isRefusal(err) != c.refusal || !fault.Is(err, fault.Unavailable) {
			t.Errorf("%d %s: refusal is %v, want %v (%v)", c.status, c.kind, !c.refusal, c.refusal, err)
		}
	}
	for _, err := range []error{nil, errors.New("EOF"), p.explain("x", errors.New("EOF"))} {
		if isRefusal(err) {
			t.Errorf("%v counts as a refusal", err)
		}
	}
}

func TestExplanationsContainNoSecret(t *testing.T) {
	p := &Provider{o: Options{SecretKey: "sk_test_key"}}
	for _, err := range []error{
		&stripego.Error{HTTPStatusCode: 402, Msg: "no, sk_test_key", PaymentIntent: &stripego.PaymentIntent{ClientSecret: "pi_1_secret_2"}},
		errors.New("a proxy says: Authorization: Bearer sk_test_key " + strings.Repeat("x", 10_000)),
	} {
		text := fmt.Sprintf("%v %+v %#v", p.explain("x", err), p.explain("x", err), errors.Unwrap(errors.Unwrap(p.explain("x", err))))
		if strings.Contains(text, "_secret_") || strings.Contains(p.explain("x", err).Error(), "sk_test_key") || len(p.explain("x", err).Error()) > 1000 {
			t.Errorf("the error contains a secret or is too long: %s", text)
		}
	}
	// A long text must not be cut in the middle of the key, which would leave half of it.
	cut := p.explain("x", errors.New(strings.Repeat("x", longestText-7)+"sk_test_key"))
	if strings.Contains(cut.Error(), "sk_test") {
		t.Errorf("the error contains a part of the key: %v", cut)
	}
}
