package dev

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed signin.html
var pageText string

//go:embed signin.css
var styleText []byte

// page is the sign-in page's data.
type page struct {
	Action  string // the target of both forms: the URL of this request
	People  []person
	Problem string
}

// authorize is the authorization endpoint (RFC 6749 section 4.1.1). GET shows the
// sign-in page. POST redirects to the client with a code for the chosen person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	redirectURI := query.Get("redirect_uri")
	// Redirecting to an unknown address would make this an open redirector.
	if query.Get("client_id") != p.o.ClientID || !p.mayRedirect(redirectURI) {
		http.Error(w, "unknown client_id, or a redirect_uri of another site", http.StatusBadRequest)
		return
	}
	if code := wrongRequest(query); code != "" {
		p.back(w, r, redirectURI, url.Values{"error": {code}, "state": {query.Get("state")}})
		return
	}
	if r.Method == http.MethodGet {
		p.show(w, r, "", http.StatusOK)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the body is no form", http.StatusBadRequest)
		return
	}
	who, ok := chosen(r.PostForm.Get("person"), r.PostForm.Get("name"))
	if !ok {
		p.show(w, r, "Choose a user, or type a name of up to 100 characters.", http.StatusUnprocessableEntity)
		return
	}
	code, err := p.keep(grant{
		person: who, redirectURI: redirectURI,
		challenge: query.Get("code_challenge"), nonce: query.Get("nonce"),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	p.back(w, r, redirectURI, url.Values{"code": {code}, "state": {query.Get("state")}})
}

// wrongRequest returns the error code of RFC 6749 section 4.1.2.1 for a wrong
// authorization request, "" for a right one.
func wrongRequest(query url.Values) string {
	switch {
	case query.Get("response_type") != "code":
		return "unsupported_response_type"
	case !slices.Contains(strings.Fields(query.Get("scope")), "openid"):
		return "invalid_scope"
	case query.Get("code_challenge_method") != "S256", query.Get("code_challenge") == "":
		return "invalid_request"
	}
	return ""
}

// back redirects the browser to the client with the answer as its query.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, redirectURI string, answer url.Values) {
	u, err := url.Parse(redirectURI)
	if err != nil {
		http.Error(w, "redirect_uri cannot be read", http.StatusBadRequest)
		return
	}
	query := u.Query()
	for name, values := range answer {
		if values[0] != "" {
			query.Set(name, values[0])
		}
	}
	u.RawQuery = query.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// show writes the sign-in page.
func (p *Provider) show(w http.ResponseWriter, r *http.Request, problem string, status int) {
	drawn, err := template.New("signin").Parse(pageText)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	// Browsers check form-action for the redirect that answers a form, too.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+
		strings.Join(p.formTargets(), " "))
	w.WriteHeader(status)
	_ = drawn.Execute(w, page{Action: "authorize?" + r.URL.RawQuery, People: people(), Problem: problem})
}

// formTargets are the origins to which a form of the page may lead.
func (p *Provider) formTargets() []string {
	targets := []string{"'self'"}
	for _, uri := range p.o.RedirectURIs {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			targets = append(targets, u.Scheme+"://"+u.Host)
		}
	}
	return targets
}

func (p *Provider) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=60")
	_, _ = w.Write(styleText)
}
