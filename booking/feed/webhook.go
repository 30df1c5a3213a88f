package feed

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const secretPrefix = "whsec_"

// ParseSecret decodes a secret in the format of Standard Webhooks: whsec_ and 24 to 64
// bytes in base64.
func ParseSecret(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(secret) < 24 || len(secret) > 64 {
		return nil, errors.New("the feed secret is invalid: it must be whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	return secret, nil
}

// CheckURL checks that a URL can be an endpoint: http or https, without a user and
// without a fragment.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("the feed endpoint is invalid: it must be an http or https URL without a user and without a fragment")
	}
	return nil
}

// sign returns the header webhook-signature of a message: one signature per secret.
func (f *Feed) sign(id, timestamp, body string) string {
	signatures := make([]string, len(f.secrets))
	for i, secret := range f.secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// longestRetryAfter bounds the wait that an endpoint may ask for.
const longestRetryAfter = time.Hour

// retryAfter parses the header Retry-After of a response, in seconds or as a date
// (RFC 9110, 10.2.3); 0 when there is none or it is invalid.
func retryAfter(answer http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(answer.Get("Retry-After"))
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		wait = time.Duration(min(seconds, int64(longestRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, longestRetryAfter))
}

// send posts an event to an endpoint. Every response but 2xx is an error. status is 0
// when there was no response. asked is the wait that the endpoint asks for.
func (f *Feed) send(ctx context.Context, to string, e *Event) (status int, asked time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.timing.send)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader([]byte(e.Body)))
	if err != nil {
		return 0, 0, err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "usher-feed")
	request.Header.Set("webhook-id", e.id())
	request.Header.Set("webhook-timestamp", timestamp)
	request.Header.Set("webhook-signature", f.sign(e.id(), timestamp, e.Body))
	answer, err := f.client.Do(request)
	if err != nil {
		var wrapped *url.Error // the text contains the URL, which may contain a secret
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	// The body is ignored. Reading a little of it lets the connection be used again.
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return answer.StatusCode, retryAfter(answer.Header, time.Now()), fmt.Errorf("the endpoint answered %d", answer.StatusCode)
	}
	return answer.StatusCode, 0, nil
}
