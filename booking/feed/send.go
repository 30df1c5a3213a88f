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

// ParseSecret reads a secret as Standard Webhooks writes it: whsec_ and 24 to
// 64 bytes in base64.
func ParseSecret(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(secret) < 24 || len(secret) > 64 {
		return nil, errors.New("a secret of the feed must be whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	return secret, nil
}

// CheckURL says whether events can be sent there.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("an endpoint of the feed must be an http or https URL without a user or a fragment")
	}
	return nil
}

// sign is the webhook-signature of a message: one for each secret.
func (f *Feed) sign(id, timestamp, body string) string {
	signatures := make([]string, len(f.secrets))
	for i, secret := range f.secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// longestRetryAfter bounds how long an endpoint may ask to be left alone.
const longestRetryAfter = time.Hour

// retryAfter reads how long an answer asks to wait, in seconds or as a date
// (RFC 9110, 10.2.3); 0 when it asks for nothing that can be read.
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

// send sends an event to an endpoint. Only a 2xx is no error. status is 0 when
// there was no answer; asked is how long the endpoint asks to wait.
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
		var wrapped *url.Error // its text has the URL, which may hold a secret
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	// A little is read, so that the connection can be used again; what it says is
	// nobody's concern.
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return answer.StatusCode, retryAfter(answer.Header, time.Now()), fmt.Errorf("the endpoint answered %d", answer.StatusCode)
	}
	return answer.StatusCode, 0, nil
}
