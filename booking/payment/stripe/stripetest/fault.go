package stripetest

import "net/http"

// Fault is a fault that one request meets.
type Fault struct {
	Kind Kind
	// After is how many more requests are answered before a late one arrives.
	After int
}

// Kind of a fault.
type Kind string

// The kinds. To the caller, Unheard, Lost and Late look the same.
const (
	None      Kind = ""
	Unheard   Kind = "unheard"      // cut off before any effect
	Lost      Kind = "lost"         // the answer is cut off after the effect
	Late      Kind = "late"         // cut off; the effect comes after other requests
	Twice     Kind = "twice"        // the request arrives twice at once
	Again     Kind = "again"        // answered; the request arrives again after other requests
	Before    Kind = "500 before"   // answers 500 without an effect; the key remembers it
	After     Kind = "500 after"    // answers 500 after the effect; the key remembers it
	Conflict  Kind = "409"          // another request is working on the object
	TooMany   Kind = "429"          // too many requests
	Forbidden Kind = "403"          // the key lacks a right
	Hang      Kind = "hang"         // no effect, and no answer until the caller gives up
	HangLost  Kind = "hang, effect" // an effect, and no answer until the caller gives up
	Garbage   Kind = "garbage"      // an effect, and a page of a proxy as the answer
)

// lateRequest is a request that has its effect after this many more requests.
type lateRequest struct {
	req   *request
	after int
}

// Fail gives the next requests of an operation these faults, one each.
func (f *Fake) Fail(operation string, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[operation] = append(f.faults[operation], faults...)
}

// Heal removes the faults that no request has met.
func (f *Fake) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = map[string][]Fault{}
}

// ArriveAll gives every late request its effect now.
func (f *Fake) ArriveAll() { f.arrive(1 << 30) }

func (f *Fake) nextFault(operation string) Fault {
	planned := f.faults[operation]
	if len(planned) == 0 {
		return Fault{}
	}
	f.faults[operation] = planned[1:]
	return planned[0]
}

func (f *Fake) meet(w http.ResponseWriter, r *http.Request, req *request, fault Fault) {
	switch fault.Kind {
	case None:
		f.do(req).write(w)
	case Unheard:
		cut(w)
	case Lost:
		f.do(req)
		cut(w)
	case Late:
		f.later(req, fault.After)
		cut(w)
	case Twice:
		a := f.do(req)
		f.effect(req)
		a.write(w)
	case Again:
		a := f.do(req)
		f.later(req, fault.After)
		a.write(w)
	case Before, After:
		f.serverError(req, fault.Kind == After).write(w)
	case Conflict:
		refuse(http.StatusConflict, "invalid_request_error", "lock_timeout", "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.").write(w)
	case Forbidden:
		refuse(http.StatusForbidden, "invalid_request_error", "", "The provided key does not have the required permissions for this endpoint.").write(w)
	case TooMany:
		refuse(http.StatusTooManyRequests, "invalid_request_error", "rate_limit", "Too many requests.").write(w)
	case HangLost:
		f.do(req)
		waitFor(r, nil)
		cut(w)
	case Hang:
		waitFor(r, nil)
		cut(w)
	case Garbage:
		f.do(req)
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>Bad gateway</html>"))
	}
}

// serverError returns a 500 and remembers it under the idempotency key.
func (f *Fake) serverError(req *request, effect bool) *answer {
	if effect {
		f.do(req)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a := refuse(http.StatusInternalServerError, "api_error", "", "An unknown error occurred")
	a.words = req.operation + " " + req.object + " " + req.form.Encode()
	if req.key != "" {
		f.keys[req.key] = a
	}
	return a
}

func (f *Fake) later(req *request, after int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = append(f.late, &lateRequest{req, after})
}

// arrive counts answered requests and gives late ones their effect.
func (f *Fake) arrive(answered int) {
	f.mu.Lock()
	var due, waiting []*lateRequest
	for _, l := range f.late {
		if l.after -= answered; l.after <= 0 {
			due = append(due, l)
		} else {
			waiting = append(waiting, l)
		}
	}
	f.late = waiting
	f.mu.Unlock()
	for _, l := range due {
		f.effect(l.req)
	}
}

// waitFor waits until something happens. It returns false if the caller gave up.
func waitFor(r *http.Request, something <-chan struct{}) bool {
	select {
	case <-something:
		return true
	case <-r.Context().Done():
		return false
	}
}

// cut ends a connection in the middle of an answer. Without a partial answer net/http
// would repeat the request by itself on a reused connection.
func cut(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte("{"))
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}
