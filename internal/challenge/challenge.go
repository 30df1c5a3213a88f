// Package challenge asks a verifier whether a person has solved a challenge, in the
// siteverify form that Turnstile, hCaptcha and reCAPTCHA share. It never decides who must
// solve one.
//
// Entry points: [New] and [Verifier.Verify]; [NewSolved] keeps who has solved one and has
// not joined yet.
package challenge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"usher/internal/fault"
)

const (
	// patience is the longest that a fan waits for the verifier.
	patience = 3 * time.Second
	// connections bounds the requests to the verifier that are under way; more wait.
	connections = 64
	maxAnswer   = 64 << 10
)

// Options configures a Verifier.
type Options struct {
	URL    string // of the verifier
	Secret string
	// FailOpen lets fans in while the verifier does not answer.
	FailOpen   bool
	Patience   time.Duration // the longest wait for an answer; default 3 s
	Logger     *slog.Logger  // default: discard
	Registerer prometheus.Registerer
}

// Verifier asks the verifier. Safe for concurrent use.
type Verifier struct {
	o      Options
	client *http.Client
	count  *prometheus.CounterVec
}

// The results of the metric.
const (
	passed      = "passed"
	refused     = "refused"
	unavailable = "unavailable"
	letIn       = "let_in"
)

// New makes a Verifier.
func New(o Options) *Verifier {
	if o.Patience == 0 {
		o.Patience = patience
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = connections, connections
	v := &Verifier{
		o: o,
		client: &http.Client{
			Transport: transport,
			// The secret goes to the verifier's own address only.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		count: promauto.With(o.Registerer).NewCounterVec(prometheus.CounterOpts{
			Name: "usher_challenges_total",
			Help: "Answers to challenges by result: passed, refused, unavailable (the verifier did not answer), let_in (the same with --challenge-fail-open).",
		}, []string{"result"}),
	}
	for _, result := range []string{passed, refused, unavailable, letIn} {
		v.count.WithLabelValues(result)
	}
	return v
}

// Close closes idle connections.
func (v *Verifier) Close() { v.client.CloseIdleConnections() }

// Verify returns nil when the verifier accepts a token; each token is accepted once.
// remote is the address of the person's browser; the zero address is not sent. Errors:
// challenge_required when the token is refused, unavailable when the verifier cannot tell.
func (v *Verifier) Verify(ctx context.Context, token string, remote netip.Addr) error {
	asking, cancel := context.WithTimeout(ctx, v.o.Patience)
	defer cancel()
	ok, err := v.ask(asking, token, remote)
	switch {
	case err == nil && ok:
		v.count.WithLabelValues(passed).Inc()
		return nil
	case err == nil:
		v.count.WithLabelValues(refused).Inc()
		return fault.New(fault.ChallengeRequired, "the answer to the challenge was not accepted; solve it again")
	case ctx.Err() != nil:
		return fault.Wrap(fault.Unavailable, ctx.Err(), "the challenge could not be checked; try again") // the caller hung up
	case v.o.FailOpen:
		v.count.WithLabelValues(letIn).Inc()
		v.o.Logger.Warn("the verifier of challenges does not answer: the fan is let in", "error", err)
		return nil
	}
	v.count.WithLabelValues(unavailable).Inc()
	v.o.Logger.Warn("the verifier of challenges does not answer: the fan must try again", "error", err)
	return fault.Wrap(fault.Unavailable, err, "the challenge cannot be checked now; try again")
}

// ask returns the verifier's word on a token. An error means that it gave none.
func (v *Verifier) ask(ctx context.Context, token string, remote netip.Addr) (ok bool, err error) {
	form := url.Values{"secret": {v.o.Secret}, "response": {token}}
	if remote.IsValid() {
		form.Set("remoteip", remote.Unmap().WithZone("").String())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.o.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := v.client.Do(request)
	if err != nil {
		return false, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return false, err
	}
	var said struct {
		Success *bool    `json:"success"`
		Errors  []string `json:"error-codes"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Success == nil {
		return false, fmt.Errorf("the verifier answered %s without success as true or false", answer.Status)
	}
	if *said.Success {
		if answer.StatusCode != http.StatusOK {
			return false, fmt.Errorf("the verifier answered %s", answer.Status)
		}
		return true, nil
	}
	// These are faults of the operator or of the verifier, not of the person.
	for _, code := range []string{"missing-input-secret", "invalid-input-secret", "internal-error", "bad-request"} {
		if slices.Contains(said.Errors, code) {
			return false, errors.New("the verifier answered " + code + ": check --challenge-secret and --challenge-verify-url")
		}
	}
	return false, nil
}
