package auth

import (
	"strings"

	"usher/internal/text"
)

// roleList lists the users with one role.
type roleList struct {
	emails map[string]bool // folded
	users  map[string]bool // by user id
}

func (a *Auth) newRoleList(emails, subjects []string) roleList {
	list := roleList{emails: map[string]bool{}, users: map[string]bool{}}
	for _, email := range emails {
		list.emails[text.Fold(strings.TrimSpace(email))] = true
	}
	for _, subject := range subjects {
		subject = strings.TrimSpace(subject)
		realm, rest := a.realmOf(subject)
		list.users[userID(realm, rest).Hex()] = true
		list.users[subject] = true
	}
	return list
}

// has reports whether a user is on the list. An unverified address does not count,
// because anyone can claim it. Nor does an address with letters beyond ASCII,
// because some of them look like ASCII letters or fold to them. A guest has no role.
func (l roleList) has(user User) bool {
	if user.Guest {
		return false
	}
	if l.users[user.ID] && user.ID != "" {
		return true
	}
	return user.Email != "" && !user.Unverified && text.IsASCII(user.Email) && l.emails[text.Fold(user.Email)]
}

// roles returns the user's roles on this node. They are looked up at each request,
// so that a user loses a role as soon as the node has a new list, whatever an older
// token says.
func (a *Auth) roles(user User) []string {
	roles := []string{}
	if a.admins.has(user) {
		roles = append(roles, RoleAdmin)
	}
	if a.staff.has(user) {
		roles = append(roles, RoleStaff)
	}
	if a.desk.has(user) {
		roles = append(roles, RoleDesk)
	}
	return roles
}
