package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// attempts is how often a request is sent while it fails for a reason that passes.
const attempts = 8

// client sends requests over HTTP.
type client struct {
	base, token, season string
}

// problem is an error of the server (RFC 9457). Programs decide by the code.
type problem struct {
	Status     int           `json:"status"`
	Code       string        `json:"code"`
	Detail     string        `json:"detail"`
	RetryAfter time.Duration `json:"-"`
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// signIn signs in at usher-dev, which asks for no proof. Elsewhere send POST
// /auth/google with a credential of Google's sign-in, or take a token from outside.
func (c *client) signIn(ctx context.Context, name string) error {
	var answer struct {
		Token string `json:"token"`
	}
	who := map[string]any{"name": name, "email": strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@fans.example"}
	err := c.call(ctx, http.MethodPost, "/auth/dev", who, &answer)
	c.token = answer.Token
	return err
}

// call sends a request that may be repeated, until it succeeds or fails for good.
func (c *client) call(ctx context.Context, method, path string, body, answer any, headers ...string) error {
	for attempt := 0; ; attempt++ {
		err := c.once(ctx, method, path, body, answer, headers...)
		if err == nil {
			return nil
		}
		if err := c.later(ctx, err, attempt); err != nil {
			return err
		}
	}
}

// later waits when a request failed for a reason that passes: the network, a restart,
// too many requests. It waits at least as long as the server says (Retry-After), and a
// random time more, so that clients do not come back all at once. Other errors come
// back unchanged.
func (c *client) later(ctx context.Context, failed error, attempt int) error {
	wait := backoff(attempt)
	var refused *problem
	if errors.As(failed, &refused) {
		if refused.Status != http.StatusTooManyRequests && refused.Status < 500 {
			return failed
		}
		wait += refused.RetryAfter
	}
	if attempt+1 >= attempts || ctx.Err() != nil {
		return failed
	}
	fmt.Printf("%v: asking again in %v\n", failed, wait.Round(time.Millisecond))
	return sleep(ctx, wait)
}

// once sends one request. A refusal is a *problem.
func (c *client) once(ctx context.Context, method, path string, body, answer any, headers ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(encoded)
	}
	if c.season != "" {
		path += "?season=" + url.QueryEscape(c.season)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, text)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= 400 {
		refused := &problem{}
		// A proxy's error page is not JSON: then the status alone says what happened.
		_ = json.NewDecoder(response.Body).Decode(refused)
		refused.Status = response.StatusCode
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
			refused.RetryAfter = time.Duration(seconds) * time.Second
		}
		return refused
	}
	if answer == nil || response.StatusCode == http.StatusNoContent {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// backoff is a random time below a limit that doubles up to 30 s.
func backoff(attempt int) time.Duration {
	limit := min(500*time.Millisecond<<min(attempt, 16), 30*time.Second)
	return rand.N(limit)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
