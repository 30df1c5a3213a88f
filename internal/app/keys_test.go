package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/gate"
	"usher/internal/keys"
	"usher/internal/testkit/node"
)

// TestEachKeyServesOnePurpose: with a separate ticket key, the session key cannot sign
// tickets and the ticket key cannot sign sessions. Tickets sold before stay valid.
func TestEachKeyServesOnePurpose(t *testing.T) {
	t.Parallel()
	o := node.Shared(t)
	before := node.Start(t, o)
	fan := before.SignIn(t, "Ada")
	cart := fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 201)
	seat := cart["seats"].([]any)[0].(map[string]any)["seatNumber"]
	bought := fan.Do("POST", "/transactions", map[string]any{"seats": []any{seat}, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "one")
	sold := bought["tickets"].([]any)[0].(map[string]any)["qrCode"].(string)
	before.Stop()

	ticketKey, err := dev.TicketKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o.Change = func(options *app.Options) { options.TicketKeys = []string{ticketKey, o.Key} }
	after := node.Start(t, o)
	checker, err := gate.Load(t.Context(), gate.Sources{JWKS: after.URL + "/.well-known/jwks.json"})
	if err != nil {
		t.Fatal(err)
	}
	if got := checker.Check(sold); got.Result != gate.Valid {
		t.Errorf("a ticket sold before is %+v", got)
	}
	staff := after.SignIn(t, "staff")
	if got := staff.Do("POST", "/checkins", map[string]any{"code": sold, "gate": "North"}, 200); got["result"] != "admitted" {
		t.Errorf("a ticket sold before: %v", got)
	}

	o.Change = func(options *app.Options) { options.TicketKeys = []string{ticketKey} }
	apart := node.Start(t, o)
	staff = apart.SignIn(t, "staff")
	if got := staff.Do("POST", "/checkins", map[string]any{"code": sold, "gate": "North"}, 200); got["result"] != "invalid" {
		t.Errorf("a ticket signed by the session key: %v", got)
	}
	for path, want := range map[string]int{o.Key: 200, ticketKey: 401} {
		ring, err := keys.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		token, err := ring.Sign("JWT", jwt.MapClaims{
			"iss": "usher", "aud": "usher", "sub": "0123456789abcdef01234567", "sid": "a-program's", "email": "", "name": "", "roles": []string{},
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		})
		if err != nil {
			t.Fatal(err)
		}
		request, _ := http.NewRequest("GET", apart.URL+"/auth/me", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("a session signed by %s: %s, want %d", path, answer.Status, want)
		}
	}
	answer, err := http.Get(apart.URL + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 2 || set.Keys[0]["x"] == set.Keys[1]["x"] || set.Keys[0]["usher_use"] == set.Keys[1]["usher_use"] {
		t.Errorf("the published keys are %s", text)
	}
}
