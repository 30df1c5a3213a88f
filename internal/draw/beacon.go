package draw

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrNoRound is returned for a round that the beacon has not published yet.
var ErrNoRound = errors.New("the beacon has not published this round yet")

// HTTPBeacon reads a public beacon that answers like drand:
// GET URL/public/latest and GET URL/public/ROUND with
// {"round":1,"randomness":"hex","signature":"hex"}.
type HTTPBeacon struct {
	URL    string
	Client *http.Client // nil: one of its own that waits 3 s
}

// round is what the beacon says of a round.
type round struct {
	Round      uint64 `json:"round"`
	Randomness string `json:"randomness"`
	Signature  string `json:"signature"`
}

// Source names the beacon in what is published.
func (b *HTTPBeacon) Source() string { return strings.TrimSuffix(b.URL, "/") }

// Latest is the newest round there is.
func (b *HTTPBeacon) Latest(ctx context.Context) (uint64, error) {
	r, err := b.ask(ctx, "latest")
	return r.Round, err
}

// Value is a round's value, or ErrNoRound.
func (b *HTTPBeacon) Value(ctx context.Context, number uint64) ([]byte, error) {
	r, err := b.ask(ctx, strconv.FormatUint(number, 10))
	if err != nil {
		return nil, err
	}
	if r.Round != number {
		return nil, ErrNoRound
	}
	value, err := hex.DecodeString(r.Randomness)
	if err != nil || len(value) < 16 {
		return nil, fmt.Errorf("the beacon's round %d has no value of 16 bytes or more in hex", number)
	}
	// Where the beacon signs, the value is the signature's hash.
	if signature, err := hex.DecodeString(r.Signature); err == nil && len(signature) > 0 {
		if sum := sha256.Sum256(signature); !bytes.Equal(sum[:], value) {
			return nil, fmt.Errorf("the value of the beacon's round %d is not the hash of its signature", number)
		}
	}
	return value, nil
}

// maxRound is the longest answer read of a beacon, in bytes.
const maxRound = 64 << 10

func (b *HTTPBeacon) ask(ctx context.Context, which string) (round, error) {
	client := b.Client
	if client == nil {
		client = &http.Client{Timeout: 3 * time.Second}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Source()+"/public/"+which, nil)
	if err != nil {
		return round{}, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return round{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxRound))
	switch {
	case err != nil:
		return round{}, err
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusTooEarly:
		return round{}, ErrNoRound
	case answer.StatusCode != http.StatusOK:
		return round{}, fmt.Errorf("the beacon answers %s", answer.Status)
	}
	var r round
	if err := json.Unmarshal(text, &r); err != nil || r.Round == 0 {
		return round{}, errors.New("the beacon's answer names no round")
	}
	return r, nil
}
