package app_test

import (
	"testing"

	"usher/internal/testkit/node"
)

// TestEachRoleFindsItsPage: the app links staff and admins to their pages. A page of
// another role names the missing role and the right page.
func TestEachRoleFindsItsPage(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	staff := window(t, browser, "Staff")
	staff.signsIn(n.URL)
	staff.sees("button", "Join the line")
	staff.looks("role-staff")
	staff.clicks("link", "Go to the gate")
	staff.sees("textbox", "Ticket code")
	staff.opens(n.URL + "/admin")
	staff.sees("heading", "This page is for organisers")
	staff.clicks("link", "Go to the gate")
	staff.sees("textbox", "Ticket code")

	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	admin.clicks("link", "Go to the admin page")
	admin.sees("table", "In line")

	fan := window(t, browser, "Fan 1")
	fan.signsIn(n.URL)
	fan.isInside()
	for path, heading := range map[string]string{"/gate": "This page is for staff", "/admin": "This page is for organisers"} {
		fan.opens(n.URL + path)
		fan.sees("heading", heading)
		if fan.find("textbox", "Ticket code") != nil || fan.find("spinbutton", "Active limit") != nil {
			t.Errorf("%s offers a fan what the server refuses", path)
		}
	}
	fan.looks("role-fan")
	fan.clicks("link", "Go to the sale")
	fan.isInside()
}
