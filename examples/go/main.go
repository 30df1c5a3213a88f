// Command go is a fan of Usher's as a program: it signs in, joins the line, waits for
// its turn, holds seats, buys them, and prints the tickets' codes.
//
// It waits on the socket, where the turn arrives at once, and sends its requests over
// HTTP. It uses the standard library and github.com/coder/websocket.
//
// Environment: USHER_URL (http://localhost:8080), USHER_TOKEN (a session token; left
// out, the program signs in at usher-dev as USHER_NAME), USHER_SEASON (the default
// season), USHER_CARD (tok_ok).
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// errMissed says that the turn went to the next fan: join again, at the end.
var errMissed = errors.New("the turn was missed")

// The parts of the server's answers that this program reads.
type (
	status struct {
		State    string `json:"state"` // none, gathering, waiting, turn, active
		Position *int   `json:"position"`
	}
	cart struct {
		Seats []struct {
			SeatNumber string `json:"seatNumber"`
		} `json:"seats"`
		Total    int    `json:"total"` // in cents
		Currency string `json:"currency"`
	}
	transaction struct {
		Status string `json:"status"` // pending, completed, cancelled
		Reason string `json:"reason"`
		Next   *struct {
			URL       string    `json:"url"`
			ExpiresAt time.Time `json:"expiresAt"`
		} `json:"next"` // where the fan pays or approves a pending payment
		Tickets []struct {
			SeatNumber string `json:"seatNumber"`
			QRCode     string `json:"qrCode"`
		} `json:"tickets"`
	}
	message struct {
		Type             string `json:"type"`
		Status           status `json:"status"`
		Position         int    `json:"position"`
		Reason           string `json:"reason"`
		ReconnectAfterMs int    `json:"reconnectAfterMs"`
	}
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := &client{base: strings.TrimSuffix(env("USHER_URL", "http://localhost:8080"), "/"), token: os.Getenv("USHER_TOKEN"), season: os.Getenv("USHER_SEASON")}
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "no ticket:", err)
		os.Exit(1)
	}
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func run(ctx context.Context, c *client) error {
	if c.token == "" {
		if err := c.signIn(ctx, env("USHER_NAME", "Gopher")); err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
	}
	if err := takeTurn(ctx, c); err != nil {
		return err
	}
	// Whatever happens from here on, the place goes to the next fan at the end.
	defer func() {
		_ = c.call(context.WithoutCancel(ctx), http.MethodPost, "/waitingList/leave", nil, nil)
	}()
	held, err := hold(ctx, c)
	if err != nil {
		return fmt.Errorf("holding seats: %w", err)
	}
	bought, err := buy(ctx, c, held)
	if err != nil {
		return fmt.Errorf("buying: %w", err)
	}
	for _, t := range bought.Tickets {
		fmt.Printf("ticket %s: %s\n", t.SeatNumber, t.QRCode)
	}
	return nil
}

// takeTurn joins, waits and enters. Who misses the turn joins again, at the end.
func takeTurn(ctx context.Context, c *client) error {
	for {
		var now status
		if err := c.call(ctx, http.MethodPost, "/waitingList/join", nil, &now); err != nil {
			return fmt.Errorf("joining: %w", err)
		}
		if now.State == "waiting" || now.State == "gathering" {
			err := wait(ctx, c)
			if errors.Is(err, errMissed) {
				continue
			}
			if err != nil {
				return fmt.Errorf("waiting: %w", err)
			}
		} else if now.State == "active" {
			return nil // there was room
		}
		err := c.call(ctx, http.MethodPost, "/waitingList/enter", nil, &now)
		var refused *problem
		if errors.As(err, &refused) && refused.Code == "conflict" {
			fmt.Println("the turn was missed: joining again")
			continue
		}
		return err
	}
}

// wait returns when the turn has come. It opens the socket again when it breaks: the
// welcome tells where the fan is now, so that nothing is lost.
func wait(ctx context.Context, c *client) error {
	for attempt := 0; ; attempt++ {
		after, err := listen(ctx, c, func() { attempt = 0 })
		switch {
		case err == nil, errors.Is(err, errMissed), ctx.Err() != nil:
			return err
		}
		switch websocket.CloseStatus(err) {
		case 4001, 4002, 4003:
			return err // a newer socket of this user, signed out, or the token has expired
		case 4009:
			after = 30 * time.Second // too many messages
		}
		if after == 0 {
			after = backoff(attempt)
		}
		fmt.Printf("the connection broke (%v): connecting again in %v\n", err, after)
		if err := sleep(ctx, after); err != nil {
			return err
		}
	}
}

// listen reads the socket until the turn comes. If the server closed the socket on
// purpose, after is when to come back.
func listen(ctx context.Context, c *client, opened func()) (after time.Duration, err error) {
	address := "ws" + strings.TrimPrefix(c.base, "http") + "/ws"
	if c.season != "" {
		address += "?season=" + url.QueryEscape(c.season)
	}
	socket, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{ //nolint:bodyclose // Dial closes the body
		Subprotocols: []string{"usher.v1"},
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + c.token}},
	})
	if err != nil {
		return 0, err
	}
	defer func() { _ = socket.CloseNow() }()
	opened()
	for {
		_, text, err := socket.Read(ctx)
		if err != nil {
			return after, err
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			return 0, err
		}
		switch m.Type {
		case "position":
			fmt.Println("position", m.Position)
		case "bye":
			after = time.Duration(m.ReconnectAfterMs) * time.Millisecond
		case "lapsed":
			if m.Reason == "put_out" {
				return 0, errors.New("the organiser removed this fan from the line")
			}
			return 0, errMissed
		case "welcome", "status", "turn":
			switch m.Status.State {
			case "turn", "active":
				return 0, nil
			case "none":
				return 0, errMissed
			}
			if m.Status.Position != nil {
				fmt.Println("position", *m.Status.Position)
			}
		}
	}
}

// hold takes the two best seats. The best seats are others each time, so it asks first
// what this fan holds already: the answer to an earlier request may have been lost.
func hold(ctx context.Context, c *client) (cart, error) {
	for attempt := 0; ; attempt++ {
		var held cart
		if err := c.call(ctx, http.MethodGet, "/holds", nil, &held); err != nil || len(held.Seats) > 0 {
			return held, err
		}
		best := map[string]any{"best": map[string]any{"count": 2}}
		err := c.once(ctx, http.MethodPost, "/holds", best, &held)
		if err == nil {
			fmt.Printf("holding %d seats for %d.%02d %s\n", len(held.Seats), held.Total/100, held.Total%100, held.Currency)
			return held, nil
		}
		if err := c.later(ctx, err, attempt); err != nil {
			return held, err
		}
	}
}

// buy sends the purchase until it is settled, always with one key: the server buys
// once for a key, however often it is asked. A shop stores the key with the order
// before it sends anything, so that it may ask again after a restart.
func buy(ctx context.Context, c *client, held cart) (transaction, error) {
	key := rand.Text()
	seats := make([]string, len(held.Seats))
	for i, seat := range held.Seats {
		seats[i] = seat.SeatNumber
	}
	order := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": env("USHER_CARD", "tok_ok")}}
	page := ""
	for {
		var t transaction
		if err := c.call(ctx, http.MethodPost, "/transactions", order, &t, "Idempotency-Key", key); err != nil {
			return t, err // payment_declined, hold_expired, …
		}
		switch t.Status {
		case "completed": // 201
			return t, nil
		case "cancelled":
			return t, errors.New(t.Reason)
		}
		if t.Next != nil && t.Next.URL != page {
			// The fan pays or approves the payment there. A shop sends the fan's browser to it.
			page = t.Next.URL
			fmt.Printf("pay at %s until %s\n", page, t.Next.ExpiresAt.Local().Format(time.TimeOnly))
		}
		fmt.Println("the payment is pending: asking again") // 202
		if err := sleep(ctx, 2*time.Second); err != nil {
			return t, err
		}
	}
}
