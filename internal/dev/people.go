package dev

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"usher/internal/text"
)

// AdminEmail, StaffEmail and DeskEmail are the addresses to which usher-dev gives a role.
const (
	AdminEmail = "admin@usher.test"
	StaffEmail = "staff@usher.test"
	DeskEmail  = "desk@usher.test"
)

// person is a user who can sign in at the local provider.
type person struct {
	Key   string // of the button on the sign-in page
	Email string
	Name  string
}

// subject is the provider's id of a person. POST /auth/dev uses the same, so that
// both sign-ins lead to one user.
func (p person) subject() string { return "dev:" + p.Email }

// people are the persons who have a button on the sign-in page.
func people() []person {
	return []person{
		{"fan1", "fan1@usher.test", "Fan 1"},
		{"fan2", "fan2@usher.test", "Fan 2"},
		{"fan3", "fan3@usher.test", "Fan 3"},
		{"fan4", "fan4@usher.test", "Fan 4"},
		{"admin", AdminEmail, "Admin"},
		{"staff", StaffEmail, "Staff"},
		{"desk", DeskEmail, "Desk"},
	}
}

// chosen returns the person of a button or, without a button, one with the name that
// was typed.
func chosen(key, name string) (person, bool) {
	for _, p := range people() {
		if p.Key == key {
			return p, true
		}
	}
	if name = strings.TrimSpace(name); key != "" || text.CheckName(name, 100) != nil {
		return person{}, false
	}
	return person{Email: emailOf(name), Name: name}, true
}

// emailOf derives an e-mail address from a name. Names that differ only in letters
// that an address cannot have get different addresses by a hash.
func emailOf(name string) string {
	exact := true
	local := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r == ' ':
			return '-'
		}
		exact = false
		return '-'
	}, name)
	local = strings.Trim(strings.Join(strings.FieldsFunc(local, func(r rune) bool { return r == '-' }), "-"), "-")
	if len(local) > 40 {
		local, exact = strings.Trim(local[:40], "-"), false
	}
	if !exact {
		sum := sha256.Sum256([]byte(name))
		local = strings.TrimPrefix(local+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	return local + "@usher.test"
}
