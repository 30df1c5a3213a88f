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

// getHealth answers while the process lives, whatever its stores do.
func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	return answerJSON(w, http.StatusOK, wire.Health{Status: "ok"})
}

// getReady lists why this node cannot serve. The reason is shown where it is a
// fault's detail; other errors stay in the log, because they may contain addresses.
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
	// Not by fail, which would log every probe.
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
