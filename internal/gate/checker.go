package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"usher/internal/csvsheet"
	"usher/internal/keys"
	"usher/internal/ticket"
)

// Result is the result of checking a code.
type Result string

// The results. Valid says that the ticket was sold and, with a void list, not refunded
// by the time of the list; the ticket may have been used. NotChecked says that the
// code cannot be read because of the scanner's keyboard layout; the ticket may be
// good.
const (
	Valid      Result = "valid"
	Void       Result = "void"
	Invalid    Result = "invalid"
	NotChecked Result = "not_checked"
)

// Verdict is the result for one code, with the ticket and the reason.
type Verdict struct {
	Result Result
	Ticket ticket.Claims // zero if the code is not a ticket
	Why    string        // "" when valid
}

// Checker checks codes. Safe for concurrent use.
type Checker struct {
	Public *keys.Public
	Voids  *Voids // nil: none
	Season string // "": any, or that of the void list
}

// Check checks one code.
func (c *Checker) Check(code string) Verdict {
	claims, err := ReadTicket(c.Public, code)
	switch {
	case errors.Is(err, ErrLayout):
		return Verdict{Result: NotChecked, Why: err.Error()}
	case err != nil:
		return Verdict{Result: Invalid, Why: err.Error()}
	}
	season := c.Season
	if season == "" && c.Voids != nil {
		season = c.Voids.Season
	}
	switch {
	case season != "" && claims.Season != season:
		return Verdict{Invalid, claims, fmt.Sprintf("this is a ticket of season %q", claims.Season)}
	case c.Voids != nil && c.Voids.Has(claims.ID):
		return Verdict{Void, claims, "the ticket was given back"}
	}
	return Verdict{Result: Valid, Ticket: claims}
}

// Sources are the URLs or paths of a Checker's keys and void list.
type Sources struct {
	JWKS   string
	Voids  string // "": none
	Season string // "": any
	Client *http.Client
}

const (
	maxJWKS  = 1 << 20
	maxVoids = 256 << 20
)

// Load reads the keys and the void list and makes a Checker.
func Load(ctx context.Context, from Sources) (*Checker, error) {
	text, err := from.read(ctx, from.JWKS, maxJWKS)
	if err != nil {
		return nil, fmt.Errorf("the keys: %w", err)
	}
	c := &Checker{Season: from.Season}
	if c.Public, err = keys.ReadJWKS(text, keys.Ticket); err != nil {
		return nil, fmt.Errorf("the keys: %s: %w", from.JWKS, err)
	}
	if from.Voids == "" {
		return c, nil
	}
	if text, err = from.read(ctx, from.Voids, maxVoids); err != nil {
		return nil, fmt.Errorf("the void list: %w", err)
	}
	if c.Voids, err = ReadVoids(c.Public, text); err != nil {
		return nil, fmt.Errorf("%s: %w", from.Voids, err)
	}
	if c.Season != "" && c.Season != c.Voids.Season {
		return nil, fmt.Errorf("the void list is of season %q, not %q", c.Voids.Season, c.Season)
	}
	return c, nil
}

func (from Sources) read(ctx context.Context, source string, limit int64) ([]byte, error) {
	if !strings.HasPrefix(source, "http://") && !strings.HasPrefix(source, "https://") {
		text, err := os.ReadFile(source)
		if err == nil {
			// Some shells save a download as UTF-16, or with a byte order mark.
			text, err = csvsheet.Text(text, "UTF-8")
		}
		return text, err
	}
	client := from.Client
	if client == nil {
		client = http.DefaultClient
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", source, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errors.New(source + " is too long")
	}
	return text, err
}
