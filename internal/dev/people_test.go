package dev

import (
	"net/mail"
	"strings"
	"testing"
)

func TestEverybodyHasAnAddressOfTheirOwn(t *testing.T) {
	tests := map[string]string{
		"Ada":                   "ada@usher.test",
		"Ada Lovelace":          "ada-lovelace@usher.test",
		"  Ada  ":               "ada@usher.test",
		"Fan 1":                 "fan-1@usher.test",
		"Zoë":                   "",
		"Zoé":                   "",
		"Ада":                   "",
		"!1!":                   "",
		"<b>":                   "",
		strings.Repeat("a", 90): "",
		strings.Repeat("a", 91): "",
	}
	seen := map[string]string{}
	for name, want := range tests {
		who, ok := chosen("", name)
		if !ok {
			t.Errorf("%q may not sign in", name)
			continue
		}
		if want != "" && who.Email != want {
			t.Errorf("%q is %s, want %s", name, who.Email, want)
		}
		if parsed, err := mail.ParseAddress(who.Email); err != nil || parsed.Address != who.Email || len(who.Email) > 254 {
			t.Errorf("%q is no address: %v", who.Email, err)
		}
		if who.Name != strings.TrimSpace(name) {
			t.Errorf("%q is called %q", name, who.Name)
		}
		if other, taken := seen[who.Email]; taken && other != strings.TrimSpace(name) {
			t.Errorf("%q and %q share %s", name, other, who.Email)
		}
		seen[who.Email] = strings.TrimSpace(name)
	}
	for _, name := range []string{"", "   ", strings.Repeat("a", 101), "\xff"} {
		if who, ok := chosen("", name); ok {
			t.Errorf("%q signs in as %v", name, who)
		}
	}
	if who, ok := chosen("unknown", "Ada"); ok {
		t.Errorf("an unknown button signs in as %v", who)
	}
}
