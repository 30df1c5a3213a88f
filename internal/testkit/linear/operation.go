package linear

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Act is what a client did.
type Act int

// The acts. A purchase is recorded as Buy and judged as Begin and End, for its
// seats are in between for a while: neither held nor sold.
const (
	Hold    Act = iota + 1 // the named seats, and Count that the server chooses
	Release                // the named seats; none: all
	Look                   // reads the cart
	Buy                    // the named seats, which were held
	Begin                  // the first half of Buy: held → being bought
	End                    // the second: being bought → sold, or back in the cart
	Refund                 // the named seats of a purchase: sold → over
	Free                   // the second half of Refund: over → free
	CheckIn                // the one seat named, of a purchase

	// The acts of the box office. A change of allotments and a sale are recorded as Allot
	// and Sell, and judged in parts; see officeParts.
	Allot     // the named seats come into an allotment, or on sale
	Sell      // the named seats, of an allotment or on sale, are sold without a cart
	Listed    // the seats of an allotment are exactly those of the cart
	OffSale   // of Allot: seats that are on sale leave it
	Leave     // of Allot: one seat leaves an allotment
	Arrive    // of Allot: all seats are where they shall be
	Back      // of Allot: a seat is where it was
	SellBegin // of Sell
	SellEnd   // of Sell: being bought → sold, or where the seats were
)

var actNames = map[Act]string{
	Hold: "hold", Release: "release", Look: "cart", Buy: "buy", Begin: "begin", End: "end",
	Refund: "refund", Free: "free", CheckIn: "check in",
	Allot: "allot", Sell: "sell", Listed: "list", OffSale: "off sale", Leave: "leave", Arrive: "arrive", Back: "back",
	SellBegin: "begin sale", SellEnd: "end sale",
}

func (a Act) String() string { return actNames[a] }

// Outcome is what came of an act.
type Outcome int

// The outcomes. Taken, Busy and Gone are refusals and name the seats in the way.
const (
	OK       Outcome = iota + 1
	Taken            // another user's, or sold
	Busy             // the user's own, being bought; or, of a refund, checked in
	Gone             // not held, or no longer held
	Declined         // the payment was declined; the seats are back in the cart
	Undone           // the purchase was cancelled, or had not begun
	Again            // of a check-in: already admitted
	Void             // of a check-in: the ticket is void
	Unknown          // no answer, or one that leaves it open
)

var outcomeNames = map[Outcome]string{
	OK: "ok", Taken: "taken", Busy: "busy", Gone: "gone", Declined: "declined", Undone: "undone",
	Again: "already admitted", Void: "void", Unknown: "no answer",
}

func (o Outcome) String() string { return outcomeNames[o] }

// Forever is the return time of an act whose answer was lost.
const Forever = time.Duration(math.MaxInt64)

// Op is one act of one client, with what it was answered. Times are since the
// recording began.
type Op struct {
	Client   int
	Act      Act
	User     string
	Seats    []string
	Count    int      // of a Hold: how many seats the server chooses
	Among    []string // of these; nil: of all
	Purchase string   // of Buy, Sell, Refund and CheckIn: which; of Allot: which change
	Call     time.Duration
	Return   time.Duration

	Outcome  Outcome
	Blocked  []string      // the seats that a refusal names
	Cart     []string      // after Hold, Release and Look
	Deadline time.Duration // of the cart, when it is not empty
	Settled  time.Duration // of a Buy that was declined or undone: when Redis knew of it at the latest; 0: unknown

	Allotment string   // of Allot: where the seats go; of Sell: where they are; "": on sale; of Listed: which
	From      []string // of Allot: the allotment that each of Seats was in; "": it was on sale, or did not leave

	// Twice says that a Hold or a Release whose answer was lost may have been sent
	// again, and so happen twice.
	Twice bool

	perhaps bool // it may not have happened
}

// String is the operation in one line, as the pictures show it.
func (o *Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", o.User, o.Act)
	if o.Count > 0 {
		fmt.Fprintf(&b, " any %d", o.Count)
		if o.Among != nil {
			fmt.Fprintf(&b, " of (%s)", strings.Join(o.Among, " "))
		}
	}
	if len(o.Seats) > 0 {
		fmt.Fprintf(&b, " %s", strings.Join(o.Seats, " "))
	}
	if o.Act >= Allot {
		fmt.Fprintf(&b, " [%s]", o.Allotment)
	}
	if o.Purchase != "" {
		fmt.Fprintf(&b, " (%s)", o.Purchase)
	}
	fmt.Fprintf(&b, " → %s", o.Outcome)
	if o.perhaps {
		b.WriteString(", perhaps")
	}
	if len(o.Blocked) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(o.Blocked, " "))
	}
	if o.Outcome == OK && (o.Act == Hold || o.Act == Release || o.Act == Look || o.Act == Listed) {
		fmt.Fprintf(&b, ", cart [%s]", strings.Join(o.Cart, " "))
		if len(o.Cart) > 0 {
			fmt.Fprintf(&b, " until %v", o.Deadline.Round(time.Millisecond))
		}
	}
	return b.String()
}

// Settle makes an outcome that was unknown known: it was so at the latest at.
func (o *Op) Settle(outcome Outcome, at time.Duration) { o.Outcome, o.Return = outcome, at }

// parts are the operations that the model judges in place of this one.
func (o *Op) parts() []Op {
	begin, end := *o, *o
	switch {
	case o.Act == Buy && (o.Outcome == OK || o.Outcome == Declined || o.Outcome == Undone || o.Outcome == Unknown):
		begin.Act, end.Act = Begin, End
		begin.Outcome = OK
		begin.perhaps = o.Outcome == Undone || o.Outcome == Unknown
		end.perhaps = begin.perhaps
		if o.Outcome != OK {
			// Redis may still have had to hear that it was cancelled.
			end.Return = Forever
			if o.Settled > 0 {
				end.Return = max(o.Return, o.Settled)
			}
		}
		return []Op{begin, end}
	case o.Act == Refund && (o.Outcome == OK || o.Outcome == Unknown):
		begin.perhaps, end.perhaps = o.Outcome == Unknown, o.Outcome == Unknown
		begin.Outcome, end.Outcome = OK, OK
		end.Act = Free
		return []Op{begin, end}
	case o.Act == Allot || o.Act == Sell:
		return o.officeParts()
	case o.Twice && o.Outcome == Unknown:
		return []Op{*o, *o}
	}
	return []Op{*o}
}
