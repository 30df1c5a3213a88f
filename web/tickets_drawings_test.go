package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"usher/internal/fault"
	"usher/internal/paper"
	"usher/internal/ticket"
)

// counted counts the drawings from now on.
func counted(d *drawings) (codes, documents *atomic.Int64) {
	codes, documents = &atomic.Int64{}, &atomic.Int64{}
	qr, pdf := d.qr, d.pdf
	d.qr = func(code string) (ticket.QR, error) { codes.Add(1); return qr(code) }
	d.pdf = func(tickets []paper.Ticket) ([]byte, error) { documents.Add(1); return pdf(tickets) }
	return codes, documents
}

// TestATicketIsDrawnOnce: once in each form, for all sessions of its owner; never for
// a browser that has the drawing.
func TestATicketIsDrawnOnce(t *testing.T) {
	t.Parallel()
	// A paper ticket names the address of its page, so both nodes have one public URL.
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, func(o *Options) { o.PublicURL = "http://tickets.example" })
	codes, documents := counted(s.drawings)
	ann, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	sessions := []*caller{ann, s.session(t, "ann@example.com"), s.session(t, "ann@example.com")}
	one, all := "/tickets/"+bought.Tickets[0].ID, "/transactions/"+bought.ID
	paths := []string{one + "/qr.png", one + "/qr.svg", one + "/print", one + "/ticket.pdf", all + "/print", all + "/tickets.pdf"}
	var asked sync.WaitGroup
	for _, path := range paths {
		for _, session := range sessions {
			asked.Go(func() {
				if answer := session.get(t, path); answer.status != http.StatusOK {
					t.Errorf("%s: %d", path, answer.status)
				}
			})
		}
	}
	asked.Wait()
	if codes.Load() != 2 || documents.Load() != 2 {
		t.Errorf("%d codes and %d documents drawn, want 2 of each: two tickets, one of them alone and both together", codes.Load(), documents.Load())
	}
	for _, path := range paths {
		tag := ann.get(t, path).wants(t, http.StatusOK).header.Get("ETag")
		again := ann.with("If-None-Match", tag).get(t, path).wants(t, http.StatusNotModified)
		if tag == "" || len(again.body) != 0 || again.header.Get("Cache-Control") != "private, no-cache" || again.header.Get("ETag") != tag {
			t.Errorf("%s: tag %q, then %v", path, tag, again.header)
		}
		// Another user gets nothing by sending the tag.
		s.signIn(t, "ben@example.com").with("If-None-Match", tag).get(t, path).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	}
	// Another node draws nothing for a browser that has the drawing.
	there := s.another(t)
	codes, documents = counted(there.drawings)
	for _, path := range paths {
		tag := ann.get(t, path).header.Get("ETag")
		there.session(t, "ann@example.com").with("If-None-Match", tag).get(t, path).wants(t, http.StatusNotModified)
	}
	if codes.Load()+documents.Load() != 0 {
		t.Errorf("%d codes and %d documents drawn for what a browser has", codes.Load(), documents.Load())
	}
}

// TestTheCacheIsBoundedByBytes: the oldest drawings are dropped first.
func TestTheCacheIsBoundedByBytes(t *testing.T) {
	t.Parallel()
	d := newDrawings()
	codes, _ := counted(d)
	draw := func(code string) {
		t.Helper()
		if _, err := d.image(t.Context(), "ann", svgForm(), code); err != nil {
			t.Fatal(err)
		}
	}
	draw("first")
	d.most = 6 * d.bytes
	for n := range 30 {
		draw(strings.Repeat("n", n+1))
		if d.bytes > d.most {
			t.Fatalf("%d bytes are kept, at most %d may be", d.bytes, d.most)
		}
	}
	total := 0
	for _, kept := range d.kept.Values() {
		total += kept.size()
	}
	if total != d.bytes || d.kept.Len() == 0 {
		t.Errorf("%d bytes in %d drawings are kept, counted as %d", total, d.kept.Len(), d.bytes)
	}
	before := codes.Load()
	draw(strings.Repeat("n", 30))
	draw("first")
	if drawn := codes.Load() - before; drawn != 1 {
		t.Errorf("%d drawn again, want only the oldest", drawn)
	}
}

// TestAUserWithManyRequestsDelaysAnotherByOne: other users are served in between.
func TestAUserWithManyRequestsDelaysAnotherByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		share := newWorkQueue("drawings", 1, 10, drawingPatience)
		var mu sync.Mutex
		var order []string
		let := make(chan struct{})
		ask := func(user string) {
			go func() {
				release, err := share.acquire(t.Context(), user)
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				err = share.do(t.Context(), func() error {
					mu.Lock()
					order = append(order, user)
					mu.Unlock()
					<-let
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		for range 5 {
			ask("ann")
		}
		ask("ben")
		ask("cat")
		for range 7 {
			let <- struct{}{}
			synctest.Wait()
		}
		if want := []string{"ann", "ben", "cat", "ann", "ann", "ann", "ann"}; !slices.Equal(order, want) {
			t.Errorf("served %v, want %v", order, want)
		}
		if len(share.users) != 0 || len(share.room) != 0 {
			t.Errorf("%d users and %d slots are left", len(share.users), len(share.room))
		}
	})
}

// TestWaitingForASlotEnds: when the request is cancelled, when the longest wait has
// passed, and at once when too many requests of the user wait.
func TestWaitingForASlotEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		share := newWorkQueue("drawings", 1, 3, drawingPatience)
		release, err := share.acquire(t.Context(), "ann")
		must(t, err)
		gone, leave := context.WithCancel(t.Context())
		answers := make(chan error, 2)
		for _, ctx := range []context.Context{gone, t.Context()} {
			go func() {
				_, err := share.acquire(ctx, "ann")
				answers <- err
			}()
		}
		synctest.Wait()
		if _, err := share.acquire(t.Context(), "ann"); !fault.Is(err, fault.RateLimited) {
			t.Errorf("the fourth request: %v", err)
		}
		leave()
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled request: %v", err)
		}
		if err := <-answers; !fault.Is(err, fault.Unavailable) { // the simulated clock jumps to that time
			t.Errorf("a request that waited too long: %v", err)
		}
		release()
		if len(share.users) != 0 {
			t.Errorf("%d users are left", len(share.users))
		}
	})
}

// TestACancelledRequestDrawsNothing: a drawing for a cancelled request would delay
// the others.
func TestACancelledRequestDrawsNothing(t *testing.T) {
	t.Parallel()
	d := newDrawings()
	codes, documents := counted(d)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := d.image(gone, "ann", pngForm(), "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("an image: %v", err)
	}
	if _, err := d.document(gone, "ann", drawingKey{}, []paper.Ticket{{Seat: "A-1"}}, []string{"x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a document: %v", err)
	}
	if codes.Load()+documents.Load() != 0 || len(d.work.users) != 0 {
		t.Errorf("%d codes and %d documents were drawn, %d users are left", codes.Load(), documents.Load(), len(d.work.users))
	}
}
