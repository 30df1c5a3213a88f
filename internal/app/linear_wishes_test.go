package app_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"usher/internal/testkit/linear"
	"usher/internal/testkit/node"
)

// wisher is a fan in line who leaves, removes and reads wishes, each on any living node.
// Every answer is recorded.
type wisher struct {
	*till
	*node.Fan
	chance *rand.Rand
	number float64

	mu  sync.Mutex
	ops []linear.WishOp
}

// takeWishes pauses admission, so that fans who join from now on wait, and lets the season
// take wishes for returned seats.
func (s *till) takeWishes(season string) {
	s.t.Helper()
	if err := s.store.Redis.HSet(s.t.Context(), "line_settings:{"+season+"}", "paused", 1, "returns", 1).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// act leaves a wish, removes it or reads it. The same request is repeated once when its
// answer is lost, as a client does.
func (w *wisher) act() {
	method, body, wish := "GET", any(nil), ""
	switch w.chance.IntN(4) {
	case 0, 1:
		seats, price := 1+w.chance.IntN(4), 1000+w.chance.IntN(9000)
		method, body, wish = "PUT", map[string]any{"seats": seats, "upTo": price}, fmt.Sprintf("%d up to %d", seats, price)
	case 2:
		method = "DELETE"
	}
	for range 2 {
		if w.ask(method, body, wish) {
			return
		}
		time.Sleep(time.Duration(w.chance.IntN(20)) * time.Millisecond)
	}
}

// ask makes one request and reports whether it was answered.
func (w *wisher) ask(method string, body any, wish string) bool {
	w.till.mu.Lock()
	at := *w.Fan
	at.URL = w.nodes[w.chance.IntN(len(w.nodes))].URL
	w.till.mu.Unlock()
	path := "/waitingList/wish"
	if method == "GET" {
		path = "/auth/status"
	}
	o := linear.WishOp{User: w.Name, Write: method != "GET", Wish: wish, Call: w.recorder.Since(time.Now()), Return: linear.Forever}
	status, answer, err := at.Request(method, path, body)
	if err == nil && status == 200 {
		o.Return = w.recorder.Since(time.Now())
		if number := answer["number"]; number != w.number || answer["state"] != "waiting" {
			w.till.t.Errorf("%s has the place %v, %v: it was %v", w.Name, number, answer["state"], w.number)
		}
		if shown := wishOf(answer); !o.Write {
			o.Wish = shown
		} else if shown != wish {
			w.till.t.Errorf("%s left the wish %q and is answered with %q", w.Name, wish, shown)
		}
	} else if err == nil && status != 503 {
		w.till.t.Errorf("%s: %s %s: %d %v", w.Name, method, path, status, answer)
	}
	w.mu.Lock()
	w.ops = append(w.ops, o)
	w.mu.Unlock()
	return o.Return != linear.Forever
}

// wishOf is the wish of a status, as ask names it; "" for none.
func wishOf(status map[string]any) string {
	wish, has := status["wish"].(map[string]any)
	if !has {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%v up to %v", wish["seats"], wish["upTo"]), " up to <nil>")
}

// joins enters the line, and gives the number that the fan must keep.
func (w *wisher) joins() {
	w.number = w.Do("POST", "/waitingList/join", nil, 200)["number"].(float64)
}
