package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"usher/internal/fault"
	"usher/internal/wire"
)

// getHealth says that the process lives, whatever its stores do.
func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	return answerJSON(w, http.StatusOK, wire.Health{Status: "ok"})
}

// getReady names what keeps this node from serving, with the reason where it is a
// fault's detail: other reasons are the log's, for they may hold addresses.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) error {
	reasons := s.o.Ready(r.Context())
	missing := slices.Sorted(maps.Keys(reasons))
	draining := s.o.Draining()
	if draining && !slices.Contains(missing, "draining") {
		missing = append(missing, "draining")
	}
	if len(missing) == 0 {
		return answerJSON(w, http.StatusOK, wire.Health{Status: "ready"})
	}
	// Written here and not by fail, which would log every probe.
	code := fault.Unavailable
	if draining {
		code = fault.Draining
	}
	for i, name := range missing {
		var known *fault.Error
		if errors.As(reasons[name], &known) && known.Detail != "" {
			missing[i] += " (" + known.Detail + ")"
		}
	}
	writeProblem(w, fault.New(code, "not ready: %s", strings.Join(missing, ", ")), kinds[code].status, kinds[code].title)
	return nil
}
