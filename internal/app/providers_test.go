package app

import (
	"strings"
	"testing"
)

// TestProvidersAreReadFromOptions: a plain URL stays the first provider's issuer, and each
// NAME=URL is one more; every problem is named, no secret is.
func TestProvidersAreReadFromOptions(t *testing.T) {
	t.Parallel()
	read := func(env map[string]string, args ...string) *Options {
		t.Helper()
		o := Defaults()
		s := NewFlagSet("x", "x")
		o.Flags(s)
		if err := s.Parse(args, func(name string) string { return env[name] }); err != nil {
			t.Fatal(err)
		}
		return &o
	}
	o := read(map[string]string{"USHER_OIDC_CLIENT_SECRET": "shop=s3cret=x, club=other"},
		"--oidc-issuer", "https://id.example.org", "--oidc-issuer", "shop=https://login.shop.example", "--oidc-issuer", "club=https://club.example/?a=b",
		"--oidc-client-id", "shop=usher", "--oidc-client-id", "club=7", "--oidc-label", "shop=The Shop")
	all, buttons, problems := o.providers()
	if o.OIDCIssuer != "https://id.example.org" || len(problems) != 0 || len(all) != 2 {
		t.Fatalf("issuer %q, providers %+v, problems %q", o.OIDCIssuer, all, problems)
	}
	if all[0].Issuer != "https://login.shop.example" || all[0].ClientSecret != "s3cret=x" || all[1].ClientID != "7" || all[1].Issuer != "https://club.example/?a=b" {
		t.Errorf("the providers are %+v", all)
	}
	if buttons[0].Label != "The Shop" || buttons[1].Label != "club" {
		t.Errorf("the buttons are %+v", buttons)
	}
	if issuer := read(nil).OIDCIssuer; issuer != "https://accounts.google.com" {
		t.Errorf("the default is %q", issuer)
	}
	for want, args := range map[string][]string{
		"needs --oidc-client-id shop=ID": {"--oidc-issuer", "shop=https://a.example"},
		"is plain http":                  {"--oidc-issuer", "shop=http://a.example", "--oidc-client-id", "shop=x"},
		"not an http or https URL":       {"--oidc-issuer", "shop=ftp", "--oidc-client-id", "shop=x"},
		"names shop twice":               {"--oidc-issuer", "shop=https://a.example", "--oidc-issuer", "shop=https://b.example", "--oidc-client-id", "shop=x"},
		"the name \"google\" is taken":   {"--oidc-issuer", "google=https://a.example", "--oidc-client-id", "google=x"},
		"there is no --oidc-issuer club": {"--oidc-client-secret", "club=geheim"},
		"is not NAME=SECRET":             {"--oidc-client-secret", "geheim"},
		"--oidc-label shop":              {"--oidc-issuer", "shop=https://a.example", "--oidc-client-id", "shop=x", "--oidc-label", "shop=\x01"},
	} {
		_, _, problems := read(nil, args...).providers()
		if text := strings.Join(problems, "\n"); !strings.Contains(text, want) || strings.Contains(text, "geheim") {
			t.Errorf("%q: got %q, want %q", args, text, want)
		}
	}
}
