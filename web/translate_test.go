package web

import (
	"encoding/json"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/queue"
)

func TestAnswersHaveTheShapesOfTheProtocol(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 3, 1, 10, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	cases := map[string]struct {
		shape any
		want  string
	}{
		"a status without a user": {
			toStatus(queue.Status{Season: "demo", Waiting: 3, Active: 1, Limit: 2, Now: at}),
			`{"season":"demo","state":"none","number":null,"position":null,"waiting":3,"active":1,"limit":2,"paused":false,"opensAt":null,` +
				`"etaSeconds":null,"place":null,"deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2027-03-01T09:00:00.123Z"}`,
		},
		"a status in line": {
			toStatus(queue.Status{
				Season: "demo", State: queue.Waiting, Number: 4711, Position: 123, Waiting: 9876, Active: 100, Limit: 100, Paused: true,
				Proof: proof("eyJ"), OpensAt: at, ETA: &queue.ETA{P50: 240, P90: 420}, Now: at,
			}),
			`{"season":"demo","state":"waiting","number":4711,"position":123,"waiting":9876,"active":100,"limit":100,"paused":true,` +
				`"opensAt":"2027-03-01T09:00:00.123Z","etaSeconds":{"p50":240,"p90":420},"place":"eyJ","deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2027-03-01T09:00:00.123Z"}`,
		},
		"a status inside": {
			toStatus(queue.Status{Season: "demo", State: queue.Active, Active: 1, Limit: 1, Deadline: at, SessionEndsAt: at, Now: at}),
			`{"season":"demo","state":"active","number":null,"position":null,"waiting":0,"active":1,"limit":1,"paused":false,"opensAt":null,` +
				`"etaSeconds":null,"place":null,"deadline":"2027-03-01T09:00:00.123Z","sessionEndsAt":"2027-03-01T09:00:00.123Z","wish":null,"serverTime":"2027-03-01T09:00:00.123Z"}`,
		},
		"a status while the line gathers": {
			toStatus(queue.Status{Season: "demo", State: queue.Gathering, Number: 7, Position: 3, Proof: proof("eyJ"), OpensAt: at, Waiting: 3, Limit: 1, Now: at}),
			`{"season":"demo","state":"gathering","number":null,"position":null,"waiting":3,"active":0,"limit":1,"paused":false,` +
				`"opensAt":"2027-03-01T09:00:00.123Z","etaSeconds":null,"place":null,"deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2027-03-01T09:00:00.123Z"}`,
		},
		"a user without roles": {
			toUser(auth.User{ID: "u", Email: "e", Name: "n"}),
			`{"id":"u","email":"e","name":"n","roles":[]}`,
		},
		"an empty cart": {
			toCart(booking.Cart{Currency: "EUR"}),
			`{"seats":[],"total":0,"currency":"EUR","expiresAt":null,"canExtend":false}`,
		},
		"a cart": {
			toCart(booking.Cart{Currency: "EUR", Total: 4500, ExpiresAt: at, Seats: []booking.CartSeat{{Number: "A-1", Category: "VIP", Price: 4500}}}),
			`{"seats":[{"seatNumber":"A-1","category":"VIP","price":4500,"type":null}],"total":4500,"currency":"EUR","expiresAt":"2027-03-01T09:00:00.123Z","canExtend":false}`,
		},
		"a pending transaction": {
			toTransaction(booking.Transaction{ID: "t", Season: "demo", Status: booking.Pending, Total: 1, Currency: "EUR", CreatedAt: at}),
			`{"id":"t","season":"demo","status":"pending","seats":[],"lines":[],"total":1,"currency":"EUR","createdAt":"2027-03-01T09:00:00.123Z","completedAt":null,"reason":"","tickets":[]}`,
		},
		"a completed transaction": {
			toTransaction(booking.Transaction{
				ID: "t", User: "u", Season: "demo", Status: booking.Completed, Seats: []string{"A-1"}, Total: 4500, Currency: "EUR", CreatedAt: at, CompletedAt: at,
				Tickets: []booking.Ticket{{
					ID: "k", TransactionID: "t", User: "u", Season: "demo", SeatNumber: "A-1", Category: "VIP",
					Holder: "n", QRCode: "jws", Status: "valid", IssuedAt: at,
				}},
			}),
			`{"id":"t","season":"demo","status":"completed","seats":["A-1"],"lines":[],"total":4500,"currency":"EUR","createdAt":"2027-03-01T09:00:00.123Z",` +
				`"completedAt":"2027-03-01T09:00:00.123Z","reason":"","tickets":[{"id":"k","transactionId":"t","season":"demo","seatNumber":"A-1",` +
				`"section":"","row":"","category":"VIP","price":0,"type":null,"currency":"","holder":"n","qrCode":"jws","status":"valid","issuedAt":"2027-03-01T09:00:00.123Z"}]}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(c.shape)
			must(t, err)
			if string(text) != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}

// proof is a place with its signature.
type proof string

func (p proof) String() string { return string(p) }
