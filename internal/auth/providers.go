package auth

import (
	"fmt"
	"regexp"
	"slices"

	"usher/internal/fault"
)

// First is the name of the first provider: Google, or the issuer that stands in for it.
const First = "google"

// ProviderOptions names one more OpenID provider, such as the sign-in of a shop.
type ProviderOptions struct {
	Name         string // 1 to 24 of a-z, 0-9 and '-'; part of the sign-in's path
	Issuer       string // the OpenID issuer
	ClientID     string
	ClientSecret string // "": a public client
}

// Provider signs in with the ID tokens of one OpenID provider. Each provider has users of
// its own: the same subject or e-mail address at two providers is two users. Safe for
// concurrent use.
type Provider struct {
	auth   *Auth
	name   string
	realm  string // with the subject, what a user's id is derived from
	issuer *issuer
	// first: the e-mail addresses that this provider has verified may give a role. An
	// address that another provider vouches for gives none, so that no shop's sign-in
	// makes admins.
	first bool
}

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// Check returns what is wrong with the options of one provider.
func (o ProviderOptions) Check() error {
	switch {
	case !providerName.MatchString(o.Name):
		return fmt.Errorf("the name %.40q of a sign-in provider is not 1 to 24 of a-z, 0-9 and '-'", o.Name)
	case o.Name == First || o.Name == guestRealm || o.Name == devName:
		return fmt.Errorf("the name %q is taken: give the sign-in provider another one", o.Name)
	case o.Issuer == "":
		return fmt.Errorf("the sign-in provider %q has no issuer", o.Name)
	case o.ClientID == "":
		return fmt.Errorf("the sign-in provider %q has no client id", o.Name)
	}
	return nil
}

// checkProviders returns what is wrong with several providers.
func checkProviders(o Options) (problems []error) {
	var names []string
	issuers := []string{o.Issuer}
	for _, p := range o.Providers {
		if err := p.Check(); err != nil {
			problems = append(problems, fmt.Errorf("auth: %w", err))
			continue
		}
		if slices.Contains(names, p.Name) {
			problems = append(problems, fmt.Errorf("auth: two sign-in providers have the name %q", p.Name))
		}
		if slices.Contains(issuers, p.Issuer) {
			// Both would have the same realm, so two clients of one issuer would share users.
			problems = append(problems, fmt.Errorf("auth: two sign-in providers have the issuer %s", p.Issuer))
		}
		names, issuers = append(names, p.Name), append(issuers, p.Issuer)
	}
	return problems
}

// openProviders makes the first provider and the others.
func (a *Auth) openProviders() {
	o := a.o
	a.Provider = &Provider{auth: a, name: First, realm: o.Realm, first: true, issuer: newIssuer(o.Issuer, o.ClientID, o.ClientSecret, o.Now)}
	for _, p := range o.Providers {
		a.others = append(a.others, &Provider{auth: a, name: p.Name, realm: p.Issuer, issuer: newIssuer(p.Issuer, p.ClientID, p.ClientSecret, o.Now)})
	}
}

// ProviderOf returns the provider of a name. Error: not_found.
func (a *Auth) ProviderOf(name string) (*Provider, error) {
	for _, p := range append([]*Provider{a.Provider}, a.others...) {
		if p.name == name {
			return p, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no sign-in provider %.40q", name)
}

// realmOf splits a subject of a role's list: "shop:123" is the subject 123 of the provider
// shop, any other text a subject of the first provider.
func (a *Auth) realmOf(subject string) (realm, rest string) {
	for _, p := range a.others {
		if len(subject) > len(p.name) && subject[:len(p.name)] == p.name && subject[len(p.name)] == ':' {
			return p.realm, subject[len(p.name)+1:]
		}
	}
	return a.realm, subject
}

// closeIdle closes the connections to the providers that are not in use.
func (a *Auth) closeIdle() {
	for _, p := range append([]*Provider{a.Provider}, a.others...) {
		p.issuer.client.CloseIdleConnections()
	}
}
