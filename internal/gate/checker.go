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

// The results. Valid means that the ticket was sold and, with a void list, that it was
// not refunded when the list was made; the ticket may have been used. NotChecked means
// that the keyboard layout of the scanner made the code unreadable; the ticket may be
// valid.
const (
	Valid      Result = "valid"
	Void       Result = "void"
	Invalid    Result = "invalid"
	NotChecked Result = "not_checked"
)

// Outcome is the result for one code, with the ticket and the reason.
type Outcome struct {
	Result Result
	Ticket ticket.Claims // zero unless the code is that of a ticket
	Why    string        // "" when valid
}

// Checker checks codes. Safe for concurrent use.
type Checker struct {
	Public *keys.Public
	Voids  *Voids // nil: refunds are not checked
	Season string // "": the season of the void list, or any
}

// Check checks one code.
func (c *Checker) Check(code string) Outcome {
	claims, err := ReadTicket(c.Public, code)
	switch {
	case errors.Is(err, ErrLayout):
		return Outcome{Result: NotChecked, Why: err.Error()}
	case err != nil:
		return Outcome{Result: Invalid, Why: err.Error()}
	}
	season := c.Season
	if season == "" && c.Voids != nil {
		season = c.Voids.Season
	}
	switch {
	case season != "" && claims.Season != season:
		return Outcome{Invalid, claims, fmt.Sprintf("the ticket is of season %q, not %q", claims.Season, season)}
	case c.Voids != nil && c.Voids.Has(claims.ID):
		return Outcome{Void, claims, "the ticket was refunded"}
	}
	return Outcome{Result: Valid, Ticket: claims}
}

// Sources name the keys and the void list of a Checker. Each is a URL or the path of a
// downloaded file.
type Sources struct {
	JWKS   string
	Voids  string       // "": none
	Season string       // "": any
	Client *http.Client // nil: http.DefaultClient
}

// The largest files that Load reads from a URL, in bytes.

const (
	maxJWKS  = 1 << 20
	maxVoids = 256 << 20
)

// Load reads the keys and the void list of a Checker.
func Load(ctx context.Context, from Sources) (*Checker, error) {
	text, err := from.read(ctx, from.JWKS, maxJWKS)
	if err != nil {
		return nil, fmt.Errorf("reading the keys failed: %w", err)
	}
	c := &Checker{Season: from.Season}
	if c.Public, err = keys.ReadJWKS(text, keys.Ticket); err != nil {
		return nil, fmt.Errorf("the keys in %s are invalid: %w", from.JWKS, err)
	}
	if from.Voids == "" {
		return c, nil
	}
	if text, err = from.read(ctx, from.Voids, maxVoids); err != nil {
		return nil, fmt.Errorf("reading the void list failed: %w", err)
	}
	if c.Voids, err = ReadVoids(c.Public, text); err != nil {
		return nil, fmt.Errorf("the void list in %s is invalid: %w", from.Voids, err)
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
			// Some shells save downloads as UTF-16 or with a byte order mark.
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
		return nil, fmt.Errorf("%s answered %s, want 200", source, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", source, limit)
	}
	return text, err
}
