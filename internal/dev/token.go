package dev

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
)

// token is the token endpoint (RFC 6749 section 4.1.3, RFC 7636). It gives an ID
// token for a code, once, to the client that knows the verifier of the PKCE challenge.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "the body is no form")
		return
	}
	if !p.knows(r) {
		w.Header().Set("WWW-Authenticate", "Basic")
		refuse(w, http.StatusUnauthorized, "invalid_client", "the client is unknown or its secret is wrong")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "only authorization_code")
		return
	}
	g, ok := p.take(r.PostForm.Get("code"))
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case !ok:
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code is unknown, used or too old")
		return
	case r.PostForm.Get("redirect_uri") != g.redirectURI:
		refuse(w, http.StatusBadRequest, "invalid_grant", "another redirect_uri than the code was asked for with")
		return
	case !equal(base64.RawURLEncoding.EncodeToString(challenge[:]), g.challenge):
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code_verifier does not fit the code_challenge")
		return
	}
	id, err := p.idToken(g)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", err.Error())
		return
	}
	answerJSON(w, http.StatusOK, map[string]any{
		"access_token": rand.Text(), // RFC 6749 requires one; this provider accepts it nowhere
		"token_type":   "Bearer",
		"expires_in":   int(tokenLife.Seconds()),
		"id_token":     id,
	})
}

// knows checks the client's id and secret, from the Authorization header or the form.
func (p *Provider) knows(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	if basic { // RFC 6749 section 2.3.1: both are form-encoded first
		var bad [2]error
		id, bad[0] = url.QueryUnescape(id)
		secret, bad[1] = url.QueryUnescape(secret)
		if bad[0] != nil || bad[1] != nil {
			return false
		}
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return equal(id, p.o.ClientID) && equal(secret, p.o.ClientSecret)
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	answerJSON(w, status, map[string]string{"error": code, "error_description": description})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
