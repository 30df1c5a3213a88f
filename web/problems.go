package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/text"
	"usher/internal/wire"
	"usher/web/language"
)

// kind is the HTTP form of an error code.
type kind struct {
	status int
	title  string
}

// kinds maps every error code to HTTP. Clients rely on it, so entries never change.
var kinds = map[fault.Code]kind{
	fault.InvalidRequest:    {http.StatusBadRequest, "The request is not valid"},
	fault.Unauthenticated:   {http.StatusUnauthorized, "Not signed in"},
	fault.InvalidCredential: {http.StatusUnauthorized, "The sign-in was not accepted"},
	fault.PaymentDeclined:   {http.StatusPaymentRequired, "The payment was declined"},
	fault.NotAdmitted:       {http.StatusForbidden, "Only for active users"},
	fault.Forbidden:         {http.StatusForbidden, "Not for this user"},
	fault.CodeRequired:      {http.StatusForbidden, "A code is needed"},
	fault.CodeInvalid:       {http.StatusForbidden, "The code is not valid"},
	fault.BadOrigin:         {http.StatusForbidden, "Sent by a page of another site"},
	fault.NotFound:          {http.StatusNotFound, "Not found"},
	fault.SeatTaken:         {http.StatusConflict, "A seat is taken"},
	fault.Conflict:          {http.StatusConflict, "Not possible in this state"},
	fault.SeasonClosed:      {http.StatusConflict, "The sale is over"},
	fault.ChallengeRequired: {http.StatusForbidden, "A challenge must be solved"},
	fault.SoldOut:           {http.StatusConflict, "Sold out"},
	fault.HoldExpired:       {http.StatusGone, "The seats are not held any more"},
	fault.TooLarge:          {http.StatusRequestEntityTooLarge, "The request is too large"},
	fault.UnsupportedMedia:  {http.StatusUnsupportedMediaType, "This media type is not accepted here"},
	fault.SeatLimit:         {http.StatusUnprocessableEntity, "Too many seats for one user"},
	fault.KeyReused:         {http.StatusUnprocessableEntity, "The key was used for another purchase"},
	fault.UnknownSeat:       {http.StatusUnprocessableEntity, "There is no such seat"},
	fault.NoAdjacentSeats:   {http.StatusUnprocessableEntity, "No such seats side by side"},
	fault.RateLimited:       {http.StatusTooManyRequests, "Too many requests"},
	fault.Internal:          {http.StatusInternalServerError, "Internal error"},
	fault.Unavailable:       {http.StatusServiceUnavailable, "Not available at the moment"},
	fault.Draining:          {http.StatusServiceUnavailable, "This node is shutting down"},
}

// retryAfter is the default of the Retry-After header of 429 and 503, in seconds.
const retryAfter = "1"

// internalDetail is all that a client is told of a bug.
const internalDetail = "an internal error occurred and was logged"

// faultOf returns the fault in err. A failure of a store becomes unavailable, and
// any other unknown error becomes internal. This is the only place that logs an
// internal or unavailable error, so each is logged once; errors of callers who hung
// up are logged at debug level only.
func (s *Server) faultOf(ctx context.Context, err error) *fault.Error {
	var known *fault.Error
	if !errors.As(store.Fault(err), &known) {
		known = fault.Wrap(fault.Internal, err, internalDetail)
	}
	level, more := slog.LevelDebug, 0
	switch {
	case ctx.Err() != nil:
	case known.Code == fault.Internal:
		level = slog.LevelError
	case known.Code == fault.Unavailable:
		// While a store is away every request fails, also those of callers who are
		// not signed in. So only one in ten seconds is logged, with the number of
		// the others.
		var now bool
		if more, now = s.storeLog.next(time.Now()); now {
			level = slog.LevelWarn
		}
	}
	s.log.Log(context.WithoutCancel(ctx), level, "request failed", "code", known.Code, "error", err, "more", more, "request", requestID(ctx))
	return known
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := s.faultOf(r.Context(), err)
	k := kinds[f.Code]
	if isNavigation(r) {
		writeProblemPage(w, f, k.status, s.languages.Of(r).Texts())
		return
	}
	writeProblem(w, f, k.status, k.title)
}

// setProblemHeaders sets the headers of an error in any form.
func setProblemHeaders(w http.ResponseWriter, f *fault.Error, status int) {
	h := w.Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="usher"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		switch {
		case f.After > 0:
			h.Set("Retry-After", strconv.FormatInt(int64((f.After+time.Second-1)/time.Second), 10))
		case h.Get("Retry-After") == "":
			h.Set("Retry-After", retryAfter)
		}
	}
	h.Del("ETag")
	if h.Get("X-Accel-Expires") == "" { // a refusal that takes the place of an answer which a proxy has kept
		h.Set("Cache-Control", "no-store")
	}
}

func writeProblem(w http.ResponseWriter, f *fault.Error, status int, title string) {
	setProblemHeaders(w, f, status)
	problem := wire.Problem{
		Type: "/docs/problems#" + string(f.Code), Title: title, Status: status,
		Detail: f.Detail, Code: string(f.Code), Seats: f.Seats,
	}
	for _, field := range f.Fields {
		problem.Fields = append(problem.Fields, wire.ProblemField{Field: field.Field, Code: string(field.Code), Problem: field.Problem})
	}
	if len(f.Rows) > 0 {
		problem.Errors = f.Rows
	}
	text, err := json.Marshal(problem)
	if err != nil {
		panic("web: a problem always encodes: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// problemPage shows a person why a link or a redirect failed. It works without
// scripts.
var problemPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="{{.T.Tag}}" dir="{{.T.Direction}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;overflow-wrap:break-word}a{display:inline-block;padding:.7rem 0;color:#5b3fa8}@media (prefers-color-scheme:dark){body{background:#15131c;color:#f0ecf7}a{color:#b9a4ff}}@media (min-width:150rem){html{font-size:150%}}</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p{{if ne .T.Tag "en"}} lang="en" dir="ltr"{{end}}><bdi>{{.Detail}}</bdi></p>
{{with .Wait}}<p>{{.}}</p>
{{end}}<p><a href="/">{{.T.Say "problem.back"}}</a></p>
</main>
</body>
</html>
`))
})

const problemPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// isNavigation reports whether a person will see the answer as a page, because a
// browser followed a link or a redirect. Programs and scripts do not ask for HTML.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return names(acceptsOf(r.Header), "Accept", "text/html")
}

// acceptsOf returns the Accept header without the weights.
func acceptsOf(h http.Header) http.Header {
	accepts := http.Header{}
	for _, value := range h.Values("Accept") {
		for _, part := range bytes.Split([]byte(value), []byte(",")) {
			media, _, _ := bytes.Cut(part, []byte(";"))
			accepts.Add("Accept", text.Fold(string(bytes.TrimSpace(media))))
		}
	}
	return accepts
}

// writeProblemPage answers with an error in the person's language. Only the detail is
// in English, and is marked as such.
func writeProblemPage(w http.ResponseWriter, f *fault.Error, status int, texts *language.Texts) {
	setProblemHeaders(w, f, status)
	h := w.Header()
	var page bytes.Buffer
	wait := ""
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		wait = texts.Count("problem.wait", seconds)
	}
	data := struct {
		T                   *language.Texts
		Title, Detail, Wait string
	}{texts, texts.Say("problem.title." + string(f.Code)), f.Detail, wait}
	if err := problemPage().Execute(&page, data); err != nil {
		panic("web: the problem's page is constant: " + err.Error())
	}
	h.Del("WWW-Authenticate") // or the browser shows a dialog for a password
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", problemPolicy)
	h.Add("Vary", language.Vary)
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}
