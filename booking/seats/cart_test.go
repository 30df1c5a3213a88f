package seats

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
)

// Callers of the same moment share a run of the script.
func TestACrowdOfReadersGetsEachItsOwnCart(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const fans = 30
		h := newHall(t, redisURL, Settings{Currency: "CHF"}, strings.Repeat("v", fans))
		user := func(i int) string { return fmt.Sprintf("fan%d", i) }
		for i := range fans {
			h.admit(time.Minute, user(i))
			if i%3 != 0 {
				h.hold(user(i), fmt.Sprintf("A-%d", i+1))
			}
		}
		var readers sync.WaitGroup
		for i := range fans {
			readers.Go(func() {
				cart, err := h.Cart(h.ctx, h.season, user(i))
				if err != nil {
					t.Error(err)
					return
				}
				var want []string
				if i%3 != 0 {
					want = []string{fmt.Sprintf("A-%d", i+1)}
				}
				if got := seatsOf(cart); !slices.Equal(got, want) || cart.ExpiresAt.IsZero() != (want == nil) || cart.Version == 0 {
					t.Errorf("the cart of %s is %+v, want %v", user(i), cart, want)
				}
			})
		}
		readers.Wait()
	})
}
