package app_test

import (
	"strings"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestTwoPeopleAtTwoWindows is the fan's path in a browser with one place: the first
// person buys and sees QR codes, the others see their positions change, and the next
// gets the turn without reloading. All sign in by the redirect flow with PKCE.
func TestTwoPeopleAtTwoWindows(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 120, 1 }})
	signIn := func(name string) *person {
		p := window(t, browser, name)
		p.opens(n.URL + "/")
		p.sees("heading", "Spring Gala 2027")
		p.picture("signed-out")
		p.clicks("link", "Continue with Google")
		p.clicks("button", name)
		return p
	}
	first := signIn("Fan 1")
	first.isInside()
	first.reads("status", "Connection", "Live")
	for _, landmark := range [][2]string{{"link", "Seats"}, {"link", "My tickets"}, {"button", "Sign out"}, {"list", "Seats"}, {"group", "Best seats"}} {
		first.sees(landmark[0], landmark[1])
	}
	second := signIn("Fan 2")
	second.reads("region", "Your place in line", "1")
	third := signIn("Fan 3")
	third.reads("region", "Your place in line", "2")
	third.picture("waiting")

	first.clicks("button", "Find seats")
	first.sees("button", "Pay *")
	first.picture("seats")
	first.clicks("button", "Pay *")
	first.sees("heading", "Your tickets")
	first.sees("article", "Ticket *")
	first.sees("image", "QR code for seat *")
	first.picture("tickets")
	elsewhere := window(t, browser, "Fan 1 elsewhere")
	elsewhere.opens(n.URL + "/")
	elsewhere.clicks("link", "Continue with Google")
	elsewhere.clicks("button", "Fan 1")
	elsewhere.sees("button", "Sign out")
	first.clicks("link", "Fan 1*")
	first.sees("heading", "Where you are signed in")
	first.sees("button", "End the sign-in of *")
	first.picture("sessions")
	first.clicks("button", "End all others")
	elsewhere.sees("link", "Continue with Google")
	testkit.Eventually(t, patience, "no other sign-in is left", func() bool { return first.find("button", "End the sign-in of *") == nil })
	first.clicks("button", "Sign out")
	first.sees("link", "Continue with Google")

	second.sees("region", "It is your turn")
	if title := second.title(); !strings.HasPrefix(title, "Your turn") {
		t.Errorf("the title is %q", title)
	}
	second.picture("turn")
	third.reads("region", "Your place in line", "1")
	second.clicks("button", "Enter")
	second.isInside()
	second.sees("region", "Your seats")

	third.clicks("button", "Leave the line")
	third.clicks("button", "Yes, leave")
	third.sees("button", "Join the line")
	third.picture("left")
}
