package draw

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Listed is a draw that a season shows, held or not.
type Listed struct {
	Number int  `json:"number"`
	Held   bool `json:"held"`
}

// List returns the draws of a season, by number. A site of the version before seasons
// had several draws lists none: then there is one draw at most, which [Verify] checks.
func List(ctx context.Context, c Check) ([]Listed, error) {
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	base, err := url.Parse(strings.TrimSuffix(c.URL, "/") + "/")
	if err != nil {
		return nil, err
	}
	body, err := c.get(ctx, base, "seasons/"+url.PathEscape(c.Season))
	if err != nil {
		return nil, fmt.Errorf("the season: %w", err)
	}
	defer func() { _ = body.Close() }()
	var season struct {
		Draws []Listed `json:"draws"`
	}
	if err := json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&season); err != nil {
		return nil, fmt.Errorf("the season is not JSON: %w", err)
	}
	return season.Draws, nil
}
