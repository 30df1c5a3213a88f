package web

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/limit"
)

// limits are budgets for users and addresses, counted over all nodes.
type limits struct {
	requests  limit.Budget // per second and user
	upgrades  limit.Budget // per minute and user, because a whole stadium may share an address
	signIns   limit.Budget // per minute and user: accepted sign-ins
	failed    limit.Budget // per minute and address: refused credentials
	network   limit.Budget // the same for a whole IPv6 site
	malformed limit.Budget // per minute and address: requests that contain no credential
	guests    limit.Budget // per minute and address: new guests
}

const (
	// networkShare is how many budgets of an address a /48 of IPv6 has. A /48 may
	// belong to a company, or to one person with 65,536 networks.
	networkShare = 4
	// malformedShare is the same for requests that cost nothing to refuse. A broken
	// program must not lock out others at its address.
	malformedShare = 10
	// guestShare is the same for new guests: a whole stadium may share an address, but
	// one address should not fill a line with browsers that it invents.
	guestShare = 20
)

func newLimits(o Options) limits {
	return limits{
		requests:  limit.Budget{Name: "requests", Most: o.LimitRequests, Window: time.Second},
		upgrades:  limit.Budget{Name: "upgrades", Most: o.LimitUpgrades, Window: time.Minute},
		signIns:   limit.Budget{Name: "sign-ins", Most: o.LimitSignIn, Window: time.Minute},
		failed:    limit.Budget{Name: "failed", Most: o.LimitSignIn, Window: time.Minute},
		network:   limit.Budget{Name: "network", Most: o.LimitSignIn * networkShare, Window: time.Minute},
		malformed: limit.Budget{Name: "rubbish", Most: o.LimitSignIn * malformedShare, Window: time.Minute},
		guests:    limit.Budget{Name: "guests", Most: o.LimitSignIn * guestShare, Window: time.Minute},
	}
}

// networkOf returns what counts as one address, and for IPv6 also the site around
// it: one subscriber has a /64, and many have a /48.
func networkOf(address netip.Addr) (near, site string) {
	address = address.Unmap().WithZone("")
	if !address.Is6() {
		return address.String(), ""
	}
	return prefixOf(address, 64), prefixOf(address, 48)
}

func prefixOf(address netip.Addr, bits int) string {
	prefix, err := address.Prefix(bits)
	if err != nil {
		return address.String()
	}
	return prefix.String()
}

// mayFail reports whether an address may still send credentials that the issuer
// must judge. Errors: rate_limited.
func (s *Server) mayFail(r *http.Request) error {
	near, site := networkOf(addressOf(r.Context()))
	err := s.o.Auth.Limits().Left(r.Context(), s.limits.failed, near)
	if err == nil && site != "" {
		err = s.o.Auth.Limits().Left(r.Context(), s.limits.network, site)
	}
	return s.limitHit(r, err)
}

// refusedSignIn counts a failed sign-in by its address. It returns the failure, or
// rate_limited when there were too many. Accepted sign-ins are not counted here,
// because they cannot be an attack on others at the same address; spendSignIn
// counts them by user.
func (s *Server) refusedSignIn(r *http.Request, failure error) error {
	near, site := networkOf(addressOf(r.Context()))
	spend := s.o.Auth.Limits().Spend
	var err error
	switch fault.CodeOf(failure) {
	case fault.InvalidCredential:
		err = spend(r.Context(), s.limits.failed, near)
		if err == nil && site != "" {
			err = spend(r.Context(), s.limits.network, site)
		}
	case fault.InvalidRequest, fault.UnsupportedMedia, fault.TooLarge, fault.NotFound, fault.BadOrigin:
		err = spend(r.Context(), s.limits.malformed, near)
	}
	if err != nil {
		return s.limitHit(r, err)
	}
	return failure
}

// spendGuest counts a new guest by the address. Errors: rate_limited.
func (s *Server) spendGuest(r *http.Request) error {
	near, _ := networkOf(addressOf(r.Context()))
	return s.limitHit(r, s.o.Auth.Limits().Spend(r.Context(), s.limits.guests, near))
}

// spendSignIn counts an accepted sign-in by its user. Errors: rate_limited.
func (s *Server) spendSignIn(ctx context.Context, user auth.User) error {
	return s.o.Auth.Limits().Spend(ctx, s.limits.signIns, user.ID)
}
