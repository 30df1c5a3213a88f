package app_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// phone is a script that makes the Notification constructor throw, as on Android.
const phone = `{
	const real = Notification;
	window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); } };
	window.Notification.requestPermission = async (told) => { told?.("granted"); return "granted"; };
	Object.defineProperty(window.Notification, "permission", { get: () => real.permission });
}`

// TestTheTurnIsNotifiedOnAPhone: the service worker shows the notification.
func TestTheTurnIsNotifiedOnAPhone(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	n := node.Start(t, oneAtATime())
	inside := n.SignIn(t, "Inside")
	fan := window(t, chrome, "Fan 1")
	ask(fan, "allow notifications", func(ctx context.Context) (cdp.Empty, error) {
		return chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted,
			Origin: n.URL, BrowserContextID: chromedp.FromContext(fan.tab).BrowserContextID,
		})
	})
	fan.prepares(phone)
	fan.signsIn(n.URL)
	fan.clicks("button", "Notify me")
	fan.reads("region", "Your place in line", "We will call you")
	fan.looks("notify")
	fan.opens(n.URL + "/") // the choice outlasts a reload; a sound needs a press
	fan.reads("region", "Your place in line", "It chimes too, once you have pressed anything")
	fan.clicks("heading", "Your place in line")
	fan.reads("region", "Your place in line", "with a notification and a chime")
	inside.Do("POST", "/waitingList/leave", nil, 200)
	fan.sees("region", "It is your turn")
	called := func() any {
		fan.runs(`void navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((notes) => { window.called = notes.map((note) => note.title).join() })`)
		return fan.runs(`window.called ?? "unknown"`)
	}
	testkit.Eventually(t, patience, "the turn is notified", func() bool { return called() == "Your turn" })
	fan.clicks("button", "Enter")
	fan.isInside()
	testkit.Eventually(t, patience, "the notification is closed", func() bool { return called() == "" })
}

// TestABrowserWithoutNotificationsSaysSo: the page says that this browser shows no
// notifications.
func TestABrowserWithoutNotificationsSaysSo(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	n := node.Start(t, oneAtATime())
	n.SignIn(t, "Inside")
	fan := window(t, chrome, "Fan 1")
	fan.prepares(`delete window.Notification`)
	fan.signsIn(n.URL)
	fan.clicks("button", "Notify me")
	fan.reads("region", "Your place in line", "This browser shows no notifications")
}
