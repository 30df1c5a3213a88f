package web

import (
	"context"
	"net/http"

	"usher/internal/trace"
	"usher/internal/wire"
)

// trace starts the span of a request. Only a trusted proxy may name a trace that the
// request belongs to: any other caller could have every request recorded. Probes are
// not traced, because they come every second and say nothing of a fan.
func (s *Server) trace(ctx context.Context, r *http.Request, id string) (context.Context, trace.Span) {
	if s.o.Tracer == nil || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		return ctx, trace.Span{}
	}
	var caller http.Header
	if s.trusts(peerOf(r)) {
		caller = r.Header
	}
	ctx, span := s.o.Tracer.Serve(ctx, methodOf(r.Method), caller)
	span.Set("usher.request_id", id)
	return ctx, span
}

// endRequest ends the span of a request. Its name is the route's pattern and never the
// path, which may name a user.
func endRequest(span trace.Span, method, route string, status int) {
	if !span.Recorded() {
		return
	}
	method = methodOf(method)
	span.Name(method + " " + route)
	span.Set("http.request.method", method)
	span.Set("http.route", route)
	span.SetInt("http.response.status_code", status)
	if status >= http.StatusInternalServerError {
		span.Fail(http.StatusText(status))
	}
	span.End(nil)
}

// traceRequest starts the span of a request on a socket, which begins a trace. ctx is the
// context of the request. Requests that read nothing are not traced.
func (c *client) traceRequest(ctx context.Context, request wire.Request) (context.Context, trace.Span) {
	tracer := c.s.o.Tracer
	if tracer == nil || request.Type == wire.RequestPing || request.Type == wire.RequestHelp {
		return ctx, trace.Span{}
	}
	ctx, span := tracer.Serve(ctx, "socket "+request.Type, nil)
	span.Set("usher.season", c.key.Season)
	return ctx, span
}

// methodOf is a request's method, or OTHER: a client may write any word there, and no
// client's words stand in a span.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "OTHER"
}
