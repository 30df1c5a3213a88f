package dev

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ProviderPath is where usher-dev mounts its provider. The issuer is the public URL
// followed by this path.
const ProviderPath = "/dev/openid"

// ClientID and ClientSecret identify usher-dev to the local provider.
const (
	ClientID     = "usher-dev"
	ClientSecret = "usher-dev-local-secret"
)

// ProviderOptions configures a Provider.
type ProviderOptions struct {
	// Issuer is the URL of the provider; its path is where the provider is mounted.
	// Redirects lead to the same origin only.
	Issuer       string
	ClientID     string           // default ClientID
	ClientSecret string           // default ClientSecret
	RedirectURIs []string         // allowed besides those of the issuer's own origin
	Key          *rsa.PrivateKey  // signs ID tokens; default a new one
	Now          func() time.Time // default time.Now
}

// Provider is a small OpenID provider that stands in for Google on a developer's
// machine. It checks no password: anyone signs in as any person. It is an
// http.Handler for every path below its issuer's path. Codes and keys are in memory.
// Safe for concurrent use.
type Provider struct {
	o      ProviderOptions
	issuer *url.URL
	key    *rsa.PrivateKey
	kid    string
	mux    *http.ServeMux

	mu     sync.Mutex
	grants map[string]grant // by code
}

// grant is the sign-in that a code stands for until the code is used.
type grant struct {
	person      person
	redirectURI string
	challenge   string // PKCE, S256
	nonce       string
	expires     time.Time
}

const (
	codeLife  = time.Minute
	tokenLife = 10 * time.Minute
	maxGrants = 10_000 // the most unused codes at once; further sign-ins are refused
)

// NewProvider checks the options.
func NewProvider(o ProviderOptions) (*Provider, error) {
	o.Issuer = strings.TrimSuffix(o.Issuer, "/")
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" || (issuer.Scheme != "http" && issuer.Scheme != "https") {
		return nil, fmt.Errorf("local OpenID provider: issuer %q is not an http or https URL", o.Issuer)
	}
	if o.ClientID == "" {
		o.ClientID = ClientID
	}
	if o.ClientSecret == "" {
		o.ClientSecret = ClientSecret
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Key == nil {
		if o.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, err
		}
	}
	fingerprint := sha256.Sum256(o.Key.N.Bytes())
	p := &Provider{
		o: o, issuer: issuer, key: o.Key,
		kid:    base64.RawURLEncoding.EncodeToString(fingerprint[:12]),
		mux:    http.NewServeMux(),
		grants: map[string]grant{},
	}
	p.mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET /jwks", p.jwks)
	p.mux.HandleFunc("GET /authorize", p.authorize)
	p.mux.HandleFunc("POST /authorize", p.authorize)
	p.mux.HandleFunc("GET /style.css", p.style)
	p.mux.HandleFunc("POST /token", p.token)
	return p, nil
}

// ServeHTTP answers requests below the issuer's path, with or without that path as
// a prefix.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if prefix := p.issuer.Path; prefix != "" && strings.HasPrefix(r.URL.Path, prefix+"/") {
		http.StripPrefix(prefix, p.mux).ServeHTTP(w, r)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// discovery is OpenID Connect Discovery 1.0, section 4.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]any{
		"issuer":                                p.o.Issuer,
		"authorization_endpoint":                p.o.Issuer + "/authorize",
		"token_endpoint":                        p.o.Issuer + "/token",
		"jwks_uri":                              p.o.Issuer + "/jwks",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"claims_supported":                      []string{"sub", "email", "email_verified", "name"},
	})
}

// jwks is the public half of the signing key (RFC 7517, RFC 7518 section 6.3).
func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	answerJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": p.kid,
		"n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

// Sign signs claims as this provider signs ID tokens. Tests make wrong tokens with it.
func (p *Provider) Sign(claims jwt.Claims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = p.kid
	return token.SignedString(p.key)
}

// idToken makes the ID token that names the person to the client.
func (p *Provider) idToken(g grant) (string, error) {
	now := p.o.Now()
	claims := jwt.MapClaims{
		"iss": p.o.Issuer, "aud": p.o.ClientID, "sub": g.person.subject(),
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "auth_time": now.Unix(),
		"email": g.person.Email, "email_verified": true, "name": g.person.Name,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	return p.Sign(claims)
}

// mayRedirect reports whether a code may be sent to a URI: one of this origin, or
// one that the options list.
func (p *Provider) mayRedirect(uri string) bool {
	if slices.Contains(p.o.RedirectURIs, uri) {
		return true
	}
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == p.issuer.Scheme && u.Host == p.issuer.Host && u.User == nil && u.Fragment == ""
}

// keep stores a grant under a new code and removes expired grants.
func (p *Provider) keep(g grant) (code string, err error) {
	now := p.o.Now()
	g.expires = now.Add(codeLife)
	code = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	for old, o := range p.grants {
		if now.After(o.expires) {
			delete(p.grants, old)
		}
	}
	if len(p.grants) >= maxGrants {
		return "", fmt.Errorf("%d sign-ins are not finished: try again in some minutes", maxGrants)
	}
	p.grants[code] = g
	return code, nil
}

// take returns the grant of a code and removes it: a code is good for one attempt.
func (p *Provider) take(code string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.grants[code]
	delete(p.grants, code)
	return g, ok && p.o.Now().Before(g.expires)
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client hung up
}
