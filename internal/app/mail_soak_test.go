package app_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/mailserver"
	"usher/internal/testkit/node"
)

// TestWaitingMailsDoNotSlowPurchases: the mail server puts every mail off while a thousand
// orders are placed; then all mails come, each once. The log has how long a purchase took
// with few and with many mails waiting.
func TestWaitingMailsDoNotSlowPurchases(t *testing.T) {
	if os.Getenv("USHER_SOAK") == "" {
		t.Skip("a thousand purchases: USHER_SOAK=1 makes them")
	}
	const fans, each = 20, 50
	open := make(chan struct{})
	server := mailserver.Open(t, mailserver.Options{Rcpt: func(to string, _ int) error {
		select {
		case <-open:
			return nil
		default:
			return mailserver.Refuse(451, "<"+to+"> later")
		}
	}})
	o := node.Shared(t)
	o.Demo = func(d *dev.Demo) { d.Seats, d.ActiveLimit, d.MaxSeats = fans*each, fans, each }
	mailing(&o, server)
	quick := o.Change
	o.Change = func(o *app.Options) { quick(o); o.MailPace.First, o.MailPace.Longest = 5*time.Second, 20*time.Second }
	n := node.Start(t, o)
	var took []time.Duration
	for i := range fans {
		fan := n.SignIn(t, fanName(i))
		for j := range each {
			began := time.Now()
			buysByMail(fan, fmt.Sprintf("k%d", j), 1)
			took = append(took, time.Since(began))
		}
	}
	median := func(some []time.Duration) time.Duration { return slices.Sorted(slices.Values(some))[len(some)/2] }
	t.Logf("median of hold and purchase: the first hundred %v, the last hundred %v", median(took[:100]), median(took[len(took)-100:]))
	close(open)
	testkit.Eventually(t, 5*time.Minute, "every mail has come", func() bool { return len(server.Mails()) == fans*each })
	ids := map[string]bool{}
	for _, m := range server.Mails() {
		ids[strings.Trim(m.Message(t).Header.Get("Message-Id"), "<>")] = true
	}
	if len(ids) != fans*each || len(server.Mails()) != fans*each {
		t.Errorf("%d mails with %d ids, want %d", len(server.Mails()), len(ids), fans*each)
	}
}
