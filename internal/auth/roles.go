package auth

import (
	"strings"

	"usher/internal/text"
)

// roleList is who has one role.
type roleList struct {
	emails map[string]bool // folded
	users  map[string]bool // by user id
}

func newRoleList(realm string, emails, subjects []string) roleList {
	list := roleList{emails: map[string]bool{}, users: map[string]bool{}}
	for _, email := range emails {
		list.emails[text.Fold(strings.TrimSpace(email))] = true
	}
	for _, subject := range subjects {
		subject = strings.TrimSpace(subject)
		list.users[userID(realm, subject).Hex()] = true
		list.users[subject] = true
	}
	return list
}

// has reports whether a user is on the list. An address that nobody vouches for
// does not count, for anybody may claim it; nor does one with letters beyond
// ASCII, of which some look like ASCII ones or fold onto them.
func (l roleList) has(user User) bool {
	if l.users[user.ID] && user.ID != "" {
		return true
	}
	return user.Email != "" && !user.Unverified && text.IsASCII(user.Email) && l.emails[text.Fold(user.Email)]
}

// roles are the user's roles on this node now. They are looked up at every
// request, so that whoever is taken off a list is without the role once the node
// has its new list, whatever an older token says.
func (a *Auth) roles(user User) []string {
	roles := []string{}
	if a.admins.has(user) {
		roles = append(roles, RoleAdmin)
	}
	if a.staff.has(user) {
		roles = append(roles, RoleStaff)
	}
	return roles
}
