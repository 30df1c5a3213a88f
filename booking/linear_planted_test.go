package booking

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seats"
	"usher/internal/testkit"
	"usher/internal/testkit/linear"
)

// planted is a script with a bug: one passage is replaced.
func planted(t *testing.T, name, passage, instead string) *redis.Script {
	t.Helper()
	text, err := seats.Lua.Source(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(text, passage) != 1 {
		t.Fatalf("%s.lua has %q %d times: plant another bug", name, passage, strings.Count(text, passage))
	}
	return redis.NewScript(strings.Replace(text, passage, instead, 1))
}

// TestPlantedBugsAreFound runs the fans against scripts with a bug, or while claims of sold
// seats vanish, until the answers have no explanation. A checker that never found such a
// bug would prove nothing about the right scripts.
func TestPlantedBugsAreFound(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	redisURL := testkit.RealRedis(t)
	for _, c := range []struct {
		name   string
		vandal bool
		plant  func(t *testing.T, b *Booking)
	}{
		{"a hold given to two", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Hold = planted(t, "hold", "if holder ~= user or (mark and buyer ~= user) then return 'taken' end", "if holder ~= user then return 'free' end")
		}},
		{"a hold of all that is free, and no more", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Hold = planted(t, "hold", "if #blocked > 0 then return refuse({OUTCOME_SEAT_TAKEN, blocked}) end", "if #wanted == 0 and #blocked > 0 then return refuse({OUTCOME_SEAT_TAKEN, blocked}) end")
		}},
		{"a release that frees another's hold", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Release = planted(t, "release", "if #pinned > 0 then return {OUTCOME_CONFLICT, pinned} end",
				"if #pinned > 0 then return {OUTCOME_CONFLICT, pinned} end\nfor _, seat in ipairs(seats) do call('DEL', HOLD .. seat) end")
		}},
		{"a release of what is being bought", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Release = planted(t, "release", "if #pinned > 0 then return {OUTCOME_CONFLICT, pinned} end", "for _, seat in ipairs(pinned) do call('SET', HOLD .. seat, user) end")
		}},
		{"a purchase of what is not held", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Pin = planted(t, "pin", "if #missing > 0 then return {OUTCOME_HOLD_EXPIRED, missing} end", "")
		}},
		{"a hold of fewer places than asked for", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Hold = planted(t, "hold", "if missing > 0 then", "if missing > 0 and #wanted == 0 then")
		}},
		{"a refused hold of places that keeps the seat", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Hold = planted(t, "hold", "    return refuse({OUTCOME_STALE})", "    for _, want in ipairs(wanted) do call('SET', HOLD .. want.seat, user) end\n    return refuse({OUTCOME_STALE})")
		}},
		{"a hold of a seat in an allotment", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Hold = planted(t, "hold", "if not mark then return 'free' end", "if not mark or buyer == ALLOTMENT then return 'free' end")
		}},
		{"a change that takes what is held", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.Allot = planted(t, "allot", "if hold_on(seat) or (mark and not is_allotment(mark)) then", "if mark and not is_allotment(mark) then")
		}},
		{"a release that loses another's hold", false, func(t *testing.T, b *Booking) {
			b.seats.Scripts.HandOver = planted(t, "hand_over", "if on_sale then", "if on_sale then\n    call('DEL', HOLD .. 'A-1', HOLD .. 'A-2', HOLD .. 'A-3')")
		}},
		{"a sold seat sold again", true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for run := range 40 {
				seed := rand.Uint64()
				// On a slow machine a short cart expires before its purchase, and no seat
				// is sold that could be sold twice: later runs have longer carts.
				life := time.Duration(1+run/4) * 300 * time.Millisecond
				chaos := scenario{seats: 3, places: 3, fans: 3, clerks: 2, acts: 30, life: life, claimsVanish: c.vandal}
				if c.plant != nil {
					chaos.plant = func(b *Booking) { c.plant(t, b) }
				}
				m := openMarket(t, redisURL, chaos, seed)
				_, violation := linear.Judge(m.rules, m.play(seed))
				if violation == nil {
					continue
				}
				if err := os.Remove(violation.Picture); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Error(err)
				}
				return
			}
			t.Error("the bug was not found in 40 runs")
		})
	}
}
