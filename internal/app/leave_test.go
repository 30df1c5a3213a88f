package app_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// gone waits until no element has the role and name.
func (p *person) gone(role, name string) {
	p.t.Helper()
	if !testkit.Within(patience, func() bool { return p.find(role, name) == nil }) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s still sees a %s named %q", p.name, role, name)
	}
}

// TestLeavingIsConfirmed: a fan who would lose a place, a turn or seats is asked first,
// and the harmless answer has the focus.
func TestLeavingIsConfirmed(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	inside := n.SignIn(t, "Inside")
	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL)
	fan.reads("region", "Your place in line", "1")

	fan.clicks("button", "Leave the line")
	fan.sees("dialog", "Leave the line?")
	fan.reads("dialog", "Leave the line?", "You are number 1. If you leave, you start again at the end.")
	if focus := fan.runs("document.activeElement.textContent"); focus != "Stay" {
		t.Errorf("the focus is on %q", focus)
	}
	fan.looks("leave-line")
	fan.types(kb.Escape)
	fan.gone("dialog", "*")
	fan.clicks("button", "Sign out")
	fan.reads("dialog", "Sign out?", "You are number 1.")
	fan.clicks("button", "Stay")
	fan.gone("dialog", "*")
	fan.reads("region", "Your place in line", "1")

	// The turn comes while the question is open: the question must not hide the turn.
	fan.clicks("button", "Leave the line")
	fan.sees("dialog", "Leave the line?")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.sees("region", "It is your turn")
	fan.gone("dialog", "*")
	fan.clicks("button", "Give up the turn")
	fan.sees("dialog", "Give up your turn?")
	fan.clicks("button", "Stay")
	fan.clicks("button", "Enter")
	fan.isInside()
	fan.clicks("button", "Find seats")
	fan.sees("button", "Pay *")
	fan.clicks("button", "Leave")
	fan.reads("dialog", "Leave the sale?", "not paid yet")
	fan.looks("leave-hall")
	fan.clicks("button", "Yes, leave")
	fan.sees("button", "Join the line")
	// Now the fan has nothing to lose.
	fan.clicks("button", "Sign out")
	fan.sees("link", "Continue with Google")
}

// TestABuyerFreesThePlace: by a button or by leaving the page, but not while the buyer
// wants to buy more.
func TestABuyerFreesThePlace(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.MaxSeats = 6 }))
	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL)
	fan.isInside()
	next := n.SignIn(t, "Next")
	last := n.SignIn(t, "Last")
	turn := func(f *node.Fan) bool { return f.Do("GET", "/auth/status", nil, 200)["state"] == "turn" }
	buys := func() {
		fan.isInside()
		fan.clicks("button", "Find seats")
		fan.sees("button", "Pay *")
		fan.clicks("button", "Pay *")
		fan.sees("heading", "Your tickets")
		fan.reads("status", "Bought", "Done: ")
	}
	buys()
	fan.looks("bought")
	fan.clicks("button", "Buy more")
	fan.isInside()
	fan.opens("about:blank") // a buyer who wants more comes back to the place
	fan.opens(n.URL + "/")
	fan.isInside()
	if turn(next) {
		t.Fatal("the place of a fan who wants to buy more was given away")
	}
	buys()
	fan.opens("about:blank")
	testkit.Eventually(t, patience, "leaving the page gave the place to the next fan", func() bool { return turn(next) })
	fan.opens(n.URL + "/")
	fan.sees("button", "Join the line")
	fan.looks("finished")

	fan.clicks("button", "Join the line")
	next.Do("POST", "/waitingList/leave", nil, 200)
	last.Do("POST", "/waitingList/leave", nil, 200)
	fan.clicks("button", "Enter")
	fan.isInside()
	last.Do("POST", "/waitingList/join", nil, 200)
	buys() // the sixth seat, which is the most a fan may buy
	fan.gone("button", "Buy more")
	fan.clicks("button", "I am finished, let the next person in")
	testkit.Eventually(t, patience, "the button gave the place to the next fan", func() bool { return turn(last) })
	fan.reads("status", "Bought", "Done: ")
	fan.sees("article", "Ticket *")
	fan.clicks("link", "Seats")
	fan.sees("heading", "Your purchase is complete")
	fan.clicks("button", "Sign out")
	fan.sees("link", "Continue with Google")
}
