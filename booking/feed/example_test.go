package feed_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"usher/booking/feed"
	"usher/internal/testkit"
)

// TestAnEventReachesWebhookAndPull shows the use of the package: after Record, the
// webhook and a reader of the feed receive the event.
func TestAnEventReachesWebhookAndPull(t *testing.T) {
	t.Parallel()
	received := make(chan string, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		received <- r.Header.Get("webhook-id")
	}))
	t.Cleanup(shop.Close)
	f, err := feed.New(feed.Options{
		Webhooks: feed.Webhooks{URLs: []string{shop.URL}, Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}},
		Mongo:    testkit.Open(t, "").Mongo,
		Node:     "a",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	defer running.Wait()
	defer stop()

	event, err := feed.NewEvent(feed.Body{ID: "66f0c0ffee00000000000001", Type: feed.Completed}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Record(ctx, event); err != nil {
		t.Fatal(err)
	}
	if got := <-received; got != event.ID {
		t.Errorf("the webhook received event %s, want %s", got, event.ID)
	}
	pulled, err := f.Pull(ctx, "", 10)
	if err != nil || len(pulled.Events) != 1 || string(pulled.Events[0]) != event.Body {
		t.Errorf("pulled %+v, %v", pulled, err)
	}
}

func ExampleCheckURL() {
	fmt.Println(feed.CheckURL("https://shop.example/hooks"))
	fmt.Println(feed.CheckURL("https://user:secret@shop.example"))
	// Output:
	// <nil>
	// the feed endpoint is invalid: it must be an http or https URL without a user and without a fragment
}
