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

// Lead is how long before its publication a round is chosen. In this time anyone
// can see and note what the order will follow from.
const Lead = 5 * time.Second

// Schedule says when a beacon publishes which round: round 1 at Genesis, then one
// round each Period.
type Schedule struct{ Genesis, Period int64 } // seconds since 1970; seconds

// maxPeriod is the longest period accepted, because an order must not take
// longer.
const maxPeriod = 60

// Valid reports whether the schedule can be that of a running beacon.
func (s Schedule) Valid() bool {
	return s.Genesis > 0 && s.Period > 0 && s.Period <= maxPeriod
}

// Due is when a round is published.
func (s Schedule) Due(round uint64) time.Time {
	return time.Unix(s.Genesis+(int64(round)-1)*s.Period, 0).UTC()
}

// RoundFor is the round for users who were recorded at a given time: the first
// one published Lead later, or after that. So the site has no choice among
// rounds.
func (s Schedule) RoundFor(recorded time.Time) uint64 {
	from := recorded.Add(Lead + time.Second - 1).Unix() // rounded up to whole seconds
	if from <= s.Genesis {
		return 1
	}
	return uint64((from-s.Genesis+s.Period-1)/s.Period) + 1
}

// ErrNoRound is returned for a round that the beacon has not published yet.
var ErrNoRound = errors.New("the beacon has not published this round yet")

// HTTPBeacon reads a public beacon that answers like drand:
// GET URL/info with {"genesis_time":1,"period":1} in seconds, GET
// URL/public/latest and GET URL/public/ROUND with
// {"round":1,"randomness":"hex","signature":"hex"}.
type HTTPBeacon struct {
	URL    string
	Client *http.Client // nil: a client with a timeout of 3 s
}

// round is the beacon's answer about a round.
type round struct {
	Round      uint64 `json:"round"`
	Randomness string `json:"randomness"`
	Signature  string `json:"signature"`
}

// Source is the beacon's name in what is published.
func (b *HTTPBeacon) Source() string { return strings.TrimSuffix(b.URL, "/") }

// Schedule says when the beacon publishes which round.
func (b *HTTPBeacon) Schedule(ctx context.Context) (Schedule, error) {
	var info struct {
		Genesis int64 `json:"genesis_time"`
		Period  int64 `json:"period"`
	}
	if err := b.ask(ctx, "info", &info); err != nil {
		return Schedule{}, err
	}
	s := Schedule{Genesis: info.Genesis, Period: info.Period}
	if !s.Valid() {
		return Schedule{}, fmt.Errorf("the beacon's schedule has genesis_time %d and period %d; the period must be 1–%d s", s.Genesis, s.Period, maxPeriod)
	}
	return s, nil
}

// Latest is the newest round that there is.
func (b *HTTPBeacon) Latest(ctx context.Context) (uint64, error) {
	r, err := b.round(ctx, "latest")
	return r.Round, err
}

// Value is a round's value, or ErrNoRound.
func (b *HTTPBeacon) Value(ctx context.Context, number uint64) ([]byte, error) {
	r, err := b.round(ctx, strconv.FormatUint(number, 10))
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
	// Where the beacon signs, the value is the hash of the signature.
	if signature, err := hex.DecodeString(r.Signature); err == nil && len(signature) > 0 {
		if sum := sha256.Sum256(signature); !bytes.Equal(sum[:], value) {
			return nil, fmt.Errorf("the value of the beacon's round %d is not the hash of its signature", number)
		}
	}
	return value, nil
}

// Late is by how much the round after the newest is overdue at a given time; 0 if it
// is not due yet. It reads the newest value too, as a draw does.
func (b *HTTPBeacon) Late(ctx context.Context, now time.Time) (time.Duration, error) {
	schedule, err := b.Schedule(ctx)
	if err != nil {
		return 0, err
	}
	latest, err := b.Latest(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := b.Value(ctx, latest); err != nil {
		return 0, err
	}
	return max(0, now.Sub(schedule.Due(latest+1))), nil
}

// maxRound is the longest answer read from a beacon, in bytes.
const maxRound = 64 << 10

func (b *HTTPBeacon) round(ctx context.Context, which string) (round, error) {
	var r round
	if err := b.ask(ctx, "public/"+which, &r); err != nil {
		return round{}, err
	}
	if r.Round == 0 {
		return round{}, errors.New("the beacon's answer contains no round")
	}
	return r, nil
}

func (b *HTTPBeacon) ask(ctx context.Context, path string, into any) error {
	client := b.Client
	if client == nil {
		client = &http.Client{Timeout: 3 * time.Second}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Source()+"/"+path, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxRound))
	switch {
	case err != nil:
		return err
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusTooEarly:
		return ErrNoRound
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("the beacon answers %s", answer.Status)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return errors.New("the beacon's answer is not JSON as drand sends it")
	}
	return nil
}
