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

// limits bound how often one user or one address may ask, over all nodes.
type limits struct {
	requests limit.Budget // a second and user
	upgrades limit.Budget // a minute and user: an address may be a whole stadium
	signIns  limit.Budget // a minute and user, verified ones
	failed   limit.Budget // a minute and address: credentials that were not accepted
	network  limit.Budget // the same of a whole IPv6 site
	rubbish  limit.Budget // a minute and address: what is no sign-in at all
}

const (
	// networkShare is how many times an address' budget a /48 of IPv6 has, which
	// may be a company or one person with 65,536 networks.
	networkShare = 4
	// rubbishShare is the same for requests that cost nothing to refuse: a broken
	// program must not lock out those who share its address.
	rubbishShare = 10
)

func newLimits(o Options) limits {
	return limits{
		requests: limit.Budget{Name: "requests", Most: o.LimitRequests, Window: time.Second},
		upgrades: limit.Budget{Name: "upgrades", Most: o.LimitUpgrades, Window: time.Minute},
		signIns:  limit.Budget{Name: "sign-ins", Most: o.LimitSignIn, Window: time.Minute},
		failed:   limit.Budget{Name: "failed", Most: o.LimitSignIn, Window: time.Minute},
		network:  limit.Budget{Name: "network", Most: o.LimitSignIn * networkShare, Window: time.Minute},
		rubbish:  limit.Budget{Name: "rubbish", Most: o.LimitSignIn * rubbishShare, Window: time.Minute},
	}
}

// network is what counts as one address, and for IPv6 the site around it: whoever
// has one IPv6 address has a /64 of them, and many have a /48.
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
// would have to judge. Errors: rate_limited.
func (s *Server) mayFail(r *http.Request) error {
	near, site := networkOf(addressOf(r.Context()))
	err := s.o.Auth.Limits().Left(r.Context(), s.limits.failed, near)
	if err == nil && site != "" {
		err = s.o.Auth.Limits().Left(r.Context(), s.limits.network, site)
	}
	return s.limitHit(r, err)
}

// refusedSignIn counts a sign-in that failed, by its address. It returns why it
// failed, or rate_limited when there were too many. Only failures count here: a
// credential that the issuer vouches for is nobody's attack on those who share
// the address, and is counted by its user.
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
		err = spend(r.Context(), s.limits.rubbish, near)
	}
	if err != nil {
		return s.limitHit(r, err)
	}
	return failure
}

// spendSignIn counts a sign-in that was accepted, by its user. Errors: rate_limited.
func (s *Server) spendSignIn(ctx context.Context, user auth.User) error {
	return s.o.Auth.Limits().Spend(ctx, s.limits.signIns, user.ID)
}
