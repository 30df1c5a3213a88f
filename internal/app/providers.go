package app

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"usher/internal/auth"
	"usher/internal/text"
	"usher/web"
)

// issuers is the value of --oidc-issuer: a URL is the first provider's issuer, NAME=URL
// that of one more provider.
type issuers struct{ o *Options }

func (v issuers) Type() string   { return "stringArray" }
func (v issuers) String() string { return v.o.OIDCIssuer }

func (v issuers) Set(given string) error {
	name, url, named := strings.Cut(given, "=")
	if !named || strings.Contains(name, "://") {
		v.o.OIDCIssuer = given
		return nil
	}
	v.o.OIDCProviders = append(v.o.OIDCProviders, auth.ProviderOptions{Name: name, Issuer: url})
	return nil
}

// maxLabel is the longest label of a sign-in button, in characters.
const maxLabel = 60

// providers returns the sign-in providers besides the first, their buttons on the page,
// and a sentence for each problem with their options.
func (o *Options) providers() (all []auth.ProviderOptions, buttons []web.SignInButton, problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	// named returns the values of a flag whose texts are NAME=VALUE.
	named := func(flag string, texts []string, secret bool) map[string]string {
		found := map[string]string{}
		for _, given := range texts {
			name, value, ok := strings.Cut(given, "=")
			switch {
			case !ok && secret:
				wrong("%s is not NAME=SECRET", flag)
			case !ok:
				wrong("%s %q is not NAME=VALUE", flag, given)
			default:
				found[name] = value
			}
		}
		return found
	}
	clients, secrets := named("--oidc-client-id", o.OIDCClients, false), named("--oidc-client-secret", o.OIDCSecrets, true)
	labels := named("--oidc-label", o.OIDCLabels, false)
	names := map[string]bool{}
	for _, p := range o.OIDCProviders {
		p.ClientID, p.ClientSecret = clients[p.Name], secrets[p.Name]
		switch {
		case p.ClientID == "":
			wrong("--oidc-issuer %s needs --oidc-client-id %s=ID", p.Name, p.Name)
		case names[p.Name]:
			wrong("--oidc-issuer names %s twice", p.Name)
		case !isURL(p.Issuer):
			wrong("--oidc-issuer %s=%s is not an http or https URL", p.Name, redacted(p.Issuer))
		case isPlainURL(p.Issuer):
			wrong("--oidc-issuer %s=%s is plain http: an attacker on the network could sign in as any user; use https", p.Name, redacted(p.Issuer))
		default:
			if err := p.Check(); err != nil {
				wrong("--oidc-issuer: %v", err)
			}
		}
		label := labels[p.Name]
		if label == "" {
			label = p.Name
		}
		if !utf8.ValidString(label) || text.CheckName(label, maxLabel) != nil {
			wrong("--oidc-label %s: the label must be 1 to %d visible characters", p.Name, maxLabel)
		}
		names[p.Name] = true
		all, buttons = append(all, p), append(buttons, web.SignInButton{Name: p.Name, Label: label})
	}
	for flag, values := range map[string]map[string]string{"--oidc-client-id": clients, "--oidc-client-secret": secrets, "--oidc-label": labels} {
		for name := range values {
			if !names[name] {
				wrong("%s names the provider %.40q, and there is no --oidc-issuer %.40s=URL", flag, name, name)
			}
		}
	}
	return all, buttons, problems
}
