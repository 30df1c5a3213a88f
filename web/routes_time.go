package web

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// The most time that one request may take in all, however many calls to the stores
// it makes.
const (
	requestTime  = 4 * time.Second  // also for a request on a socket
	issuerTime   = 10 * time.Second // a sign-in waits for the issuer's server
	drawingTime  = 15 * time.Second // rendering tickets waits for a free slot
	adminTime    = time.Minute      // a seat plan has 50,000 rows
	purchaseTime = 15 * time.Second // booking waits up to five seconds for the provider, then answers pending
	noBudget     = 0                // the route ends with the connection, or has a limit of its own
)

// budgetOf returns how much time a route has.
func budgetOf(method, path string) time.Duration {
	switch {
	case path == "/ws", path == "/events":
		return noBudget
	case strings.HasPrefix(path, "/admin/") && (strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".xlsx")):
		return noBudget
	case strings.HasPrefix(path, "/admin/"):
		return adminTime
	case strings.HasPrefix(path, "/auth/google"), strings.HasPrefix(path, "/auth/with/"):
		return issuerTime
	case method == http.MethodPost && (strings.HasPrefix(path, "/transactions") || strings.HasPrefix(path, "/payments/")):
		return purchaseTime
	case strings.HasSuffix(path, ".pdf"), strings.HasSuffix(path, "/print"):
		return drawingTime
	}
	return requestTime
}

// within sets the deadline of a request; noBudget sets none.
func within(budget time.Duration, next handler) handler {
	if budget == noBudget {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), budget)
		defer cancel()
		return next(w, r.WithContext(ctx))
	}
}
