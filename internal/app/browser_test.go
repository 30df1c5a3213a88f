package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// patience is how long a person waits for the page to follow.
const patience = 20 * time.Second

// chromium starts a headless browser, or skips the test in one line where there
// is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if testkit.Required("chromium") {
			t.Fatal("chromium is required here and not in the PATH")
		}
		t.Skip("no chromium in the PATH: the browser app is not tested")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Run(browser); err != nil {
		t.Fatal("starting chromium:", err)
	}
	return browser
}

// person is somebody at a browser window of their own: nothing is shared with
// other windows.
type person struct {
	t    *testing.T
	name string
	tab  context.Context
}

func window(t *testing.T, browser context.Context, name string) *person {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	p := &person{t: t, name: name, tab: tab}
	chromedp.ListenTarget(tab, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			t.Errorf("%s's page threw: %s", name, thrown.ExceptionDetails.Error())
		}
	})
	// The first run makes the window; one with a deadline would close it again.
	if err := chromedp.Run(tab); err != nil {
		t.Fatalf("%s: opening a window: %v", name, err)
	}
	return p
}

// do runs browser actions with a bound.
func (p *person) do(what string, actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, 30*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, what, err)
	}
}

// find returns the first node with a role and an accessible name, or whose name
// begins with it if it ends in an asterisk; nil if there is none.
func (p *person) find(role, name string) *accessibility.Node {
	p.t.Helper()
	var found *accessibility.Node
	p.do("read the accessibility tree", chromedp.ActionFunc(func(ctx context.Context) error {
		nodes, err := accessibility.GetFullAXTree().Do(ctx)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.Ignored || text(n.Role) != role {
				continue
			}
			got := text(n.Name)
			if got == name || (strings.HasSuffix(name, "*") && strings.HasPrefix(got, strings.TrimSuffix(name, "*"))) {
				found = n
				return nil
			}
		}
		return nil
	}))
	return found
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// sees waits until something with the role and name is there.
func (p *person) sees(role, name string) *accessibility.Node {
	p.t.Helper()
	var found *accessibility.Node
	if !testkit.Within(patience, func() bool { found = p.find(role, name); return found != nil }) {
		p.picture()
		p.t.Fatalf("%s does not see a %s named %q; the page says: %s", p.name, role, name, p.says("body"))
	}
	return found
}

// clicks clicks what has the role and name, as a person does: in its middle.
func (p *person) clicks(role, name string) {
	p.t.Helper()
	n := p.sees(role, name)
	p.do("click "+name, chromedp.ActionFunc(func(ctx context.Context) error {
		return clickBackendNode(ctx, n.BackendDOMNodeID)
	}))
}

// says is the text of the first element a selector finds.
func (p *person) says(selector string) string {
	p.t.Helper()
	var said string
	p.do("read "+selector, chromedp.Text(selector, &said, chromedp.ByQuery))
	return said
}

// reads waits until the text of the element with the role and name contains
// the words.
func (p *person) reads(role, name, words string) {
	p.t.Helper()
	said := ""
	holds := testkit.Within(patience, func() bool {
		n := p.find(role, name)
		if n == nil {
			return false
		}
		p.do("read "+name, chromedp.ActionFunc(func(ctx context.Context) (err error) {
			said, err = textOfBackendNode(ctx, n.BackendDOMNodeID)
			return err
		}))
		return strings.Contains(said, words)
	})
	if !holds {
		p.picture()
		p.t.Fatalf("%s: the %s %q reads %q, want %q", p.name, role, name, said, words)
	}
}

// picture keeps a screenshot where USHER_TEST_PICTURES says.
func (p *person) picture() { p.pictureAs(p.t.Name() + " " + p.name) }

func (p *person) pictureAs(name string) {
	folder := os.Getenv("USHER_TEST_PICTURES")
	if folder == "" {
		return
	}
	var image []byte
	p.do("take a picture", chromedp.FullScreenshot(&image, 100))
	path := filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		p.t.Error(err)
	}
}

// TestTwoPeopleAtTwoWindows is the road in a browser: two people, limit 1, one
// buys and sees QR codes, the other watches the place change and gets the turn
// without reloading. Both sign in by the redirect flow, PKCE and all.
func TestTwoPeopleAtTwoWindows(t *testing.T) {
	browser := chromium(t)
	n := node.Start(t, node.Options{House: func(house *dev.House) { house.Seats, house.ActiveLimit = 120, 1 }})
	signIn := func(name string) *person {
		p := window(t, browser, name)
		p.do("open the page", chromedp.Navigate(n.URL+"/"))
		p.sees("heading", "Spring Gala 2027")
		p.pictureAs("signed-out")
		p.clicks("link", "Continue with Google")
		p.clicks("button", name)
		return p
	}
	first := signIn("Fan 1")
	first.sees("region", "Seat map")
	first.reads("status", "Connection", "Live")
	for _, role := range [][2]string{{"link", "Seats"}, {"link", "My tickets"}, {"button", "Sign out"}} {
		first.sees(role[0], role[1])
	}
	second := signIn("Fan 2")
	second.reads("region", "Your place in line", "1")
	third := signIn("Fan 3")
	third.reads("region", "Your place in line", "2")
	third.pictureAs("waiting")

	first.clicks("button", "Find seats")
	first.sees("button", "Pay *")
	first.pictureAs("seats")
	first.clicks("button", "Pay *")
	first.sees("heading", "Your tickets")
	first.sees("article", "Ticket *")
	first.sees("image", "QR code for seat *")
	first.pictureAs("tickets")
	first.clicks("button", "Sign out")
	first.sees("link", "Continue with Google")

	second.sees("region", "It is your turn")
	second.do("read the title", chromedp.ActionFunc(func(ctx context.Context) error {
		var title string
		if err := chromedp.Title(&title).Do(ctx); err != nil {
			return err
		}
		if !strings.HasPrefix(title, "Your turn") {
			return fmt.Errorf("the title is %q", title)
		}
		return nil
	}))
	second.pictureAs("turn")
	third.reads("region", "Your place in line", "1")
	second.clicks("button", "Enter")
	second.sees("region", "Seat map")
	second.sees("region", "Your seats")

	third.clicks("button", "Leave the line")
	third.sees("button", "Join the line")
}
