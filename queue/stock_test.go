package queue

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/testkit"
)

var stocks = [...]string{"none", "available", "held", "gone"}

// setStock writes what the scripts of the seats keep: a plan of three seats, of
// which the last is not for sale. With "available" the first seat is being bought,
// so it is both held and taken, and only the bitmaps show that a seat is free.
func setStock(ctx context.Context, client redis.Cmdable, season, stock string) error {
	pipe := client.TxPipeline()
	for _, name := range []string{"sale", "offsale", "held", "taken", "booked", "holder", "takenby", "allotted"} {
		pipe.Del(ctx, key(name, season))
	}
	if stock != "none" {
		pipe.HSet(ctx, key("sale", season), "seats", 3, "forSale", 2)
		pipe.SetBit(ctx, key("offsale", season), 2, 1)
	}
	hold := func(seat int64) {
		pipe.SetBit(ctx, key("held", season), seat, 1)
		pipe.HSet(ctx, key("holder", season), seat, "buyer")
	}
	take := func(seat int64, booked int) {
		pipe.SetBit(ctx, key("taken", season), seat, 1)
		pipe.HSet(ctx, key("takenby", season), seat, "order buyer")
		pipe.SetBit(ctx, key("booked", season), seat, booked)
	}
	switch stock {
	case "available":
		hold(0)
		take(0, 0)
	case "held":
		hold(0)
		take(1, 1)
	case "gone":
		take(0, 1)
		take(1, 0)
		pipe.SetBit(ctx, key("allotted", season), 1, 1) // not on sale
	}
	_, err := pipe.Exec(ctx)
	return err
}

func (n *node) setStock(stock string) {
	n.t.Helper()
	n.must(setStock(n.t.Context(), n.o.Redis, n.season, stock))
}

// TestWithoutAFreeSeatNoUserIsAdmittedOnAnyNode has two nodes of one line. Whichever
// node runs the script, no user is admitted from the line or straight in while no
// seat is free. The users with a place keep it.
func TestWithoutAFreeSeatNoUserIsAdmittedOnAnyNode(t *testing.T) {
	for _, stock := range []string{"held", "gone"} {
		t.Run(stock, func(t *testing.T) {
			testkit.EachRedis(t, func(t *testing.T, redisURL string) {
				h := newFixture(t, redisURL)
				one, two := h.node(), h.node()
				set := plain(3)
				set.Returns = true
				one.configure(set)
				one.setStock("available")
				if st := one.join("ann"); st.State != Active {
					t.Fatalf("ann goes straight in while a seat is free: %+v", st)
				}
				one.setStock(stock)
				if st := two.join("bob"); st.State != Waiting || st.ETA != nil {
					t.Fatalf("bob waits, for a time that is unknown: %+v", st)
				}
				two.join("cat")
				for _, n := range []*node{one, two} {
					n.tickOnce()
					if n.state("bob") != Waiting || n.state("cat") != Waiting || n.state("ann") != Active {
						t.Fatalf("bob is %s, cat is %s, ann is %s", n.state("bob"), n.state("cat"), n.state("ann"))
					}
				}
				one.setStock("available")
				two.SeatsFreed(h.season)
				two.must(two.Mirror(h.season).Tasks(t.Context()))
				if turns := h.stores.Redis.ZCard(t.Context(), key("turns", h.season)).Val(); turns != 2 {
					t.Fatalf("a seat is free again, and %d of two users have a turn", turns)
				}
				one.setStock("none")
				if st := two.join("dan"); st.State != Waiting {
					t.Fatalf("dan waits behind three users with a place: %+v", st)
				}
				one.leaveAs("ann")
				if two.peek("dan") != Turn {
					t.Fatal("without a plan nothing stops admission")
				}
				one.wantClean()
			})
		})
	}
}

// TestTheFirstInLineGetsTheReturnedSeat: users who came while every seat was in a
// cart are admitted in order, one place at a time.
func TestTheFirstInLineGetsTheReturnedSeat(t *testing.T) {
	n, _, _ := still(t, 1)
	n.setStock("held")
	for i := range 5 {
		n.join(fmt.Sprint("fan", i))
	}
	n.setStock("available")
	for i := range 5 {
		n.tickOnce()
		if got := n.peek(fmt.Sprint("fan", i)); got != Turn {
			t.Fatalf("fan %d is %s", i, got)
		}
		n.enterAs(fmt.Sprint("fan", i))
		n.setStock("held")
		n.leaveAs(fmt.Sprint("fan", i))
		if i < 4 && n.peek(fmt.Sprint("fan", i+1)) != Waiting {
			t.Fatalf("fan %d passed while no seat was free", i+1)
		}
		n.setStock("available")
	}
	n.wantClean()
}

func TestASoldOutSaleTakesJoinsOnlyForReturns(t *testing.T) {
	n, _, set := still(t, 1)
	n.join("ann")
	n.join("bob")
	n.setStock("gone")
	if _, err := n.Join(t.Context(), n.season, "cat", ""); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("cat: %v", err)
	}
	if ann, bob := n.join("ann"), n.join("bob"); ann.State != Active || bob.State != Waiting {
		t.Fatalf("the users in the season stay: %s, %s", ann.State, bob.State)
	}
	n.setStock("held")
	if st := n.join("cat"); st.State != Waiting {
		t.Fatalf("while seats may come back users wait: %+v", st)
	}
	n.setStock("gone")
	set.Revision, set.Returns = 2, true
	n.configure(set)
	if st := n.join("dan"); st.State != Waiting || st.Position != 3 {
		t.Fatalf("dan joins for returned seats: %+v", st)
	}
	n.wantClean()
}

// TestALostLineTakesItsUsersBackWhenSoldOut: who was in line before Redis lost its
// data may bring the place back, although new users are refused.
func TestALostLineTakesItsUsersBackWhenSoldOut(t *testing.T) {
	h := newFixture(t, "")
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		o.BeforeEpoch = func(ctx context.Context, season string, _ int64) error {
			return setStock(ctx, h.stores.Redis, season, "gone")
		}
	})
	n.configure(plain(1))
	n.setStock("held")
	place := n.join("ann").Place()
	if place == "" {
		t.Fatal("ann waits, so ann has a place")
	}
	n.must(h.stores.Redis.Del(t.Context(), n.Queue.season(h.season).keys...).Err())
	if _, err := n.Join(t.Context(), h.season, "new", ""); !fault.Is(err, fault.SoldOut) {
		t.Fatalf("a new user: %v", err)
	}
	st, err := n.Join(t.Context(), h.season, "ann", place)
	if err != nil || st.State != Gathering && st.State != Waiting || st.Number != 1 {
		t.Fatalf("ann: %+v, %v", st, err)
	}
}

// peek reads a user's state, which is no sign of life. The script that reads also
// admits.
func (n *node) peek(user string) State {
	n.t.Helper()
	a, err := n.Queue.season(n.season).look.Do(n.t.Context(), question{user: user})
	n.must(err)
	return a.state.State
}
