package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"usher/internal/testkit"
)

const (
	patience = 20 * time.Second // the longest wait for a change of the page
	action   = 30 * time.Second // the longest time for one action of the browser
)

// chromium starts a headless browser. Without chromium it skips the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	testkit.Long(t)
	path, err := exec.LookPath("chromium")
	if err != nil {
		if testkit.Required("chromium") {
			t.Fatal("chromium is required here but is not in the PATH")
		}
		t.Skip("no chromium in the PATH: the browser app is not tested")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatal("starting chromium:", err)
	}
	return browser
}

// person is a user with a browser window that shares nothing with other windows. A
// person finds elements only by roles and accessible names.
type person struct {
	t    *testing.T
	name string
	tab  context.Context
}

func window(t *testing.T, browser context.Context, name string) *person {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	// The first run opens the window. With a deadline, the run would close it again.
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("%s: opening a window: %v", name, err)
	}
	err := chromedp.Listen(tab, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			what := thrown.ExceptionDetails.Text
			if thrown.ExceptionDetails.Exception != nil {
				what += " " + thrown.ExceptionDetails.Exception.Description
			}
			t.Errorf("%s's page threw: %s", name, what)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, name: name, tab: tab}
}

// ask runs one command of the browser's protocol, with a time limit.
func ask[T any](p *person, what string, do func(ctx context.Context) (T, error)) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, action)
	defer cancel()
	got, err := do(ctx)
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, what, err)
	}
	return got
}

func (p *person) opens(url string) {
	p.t.Helper()
	ask(p, "open "+url, func(ctx context.Context) (any, error) { return nil, chromedp.Do(ctx, chromedp.Navigate(url)) })
}

// runs runs a script in the page and returns the script's value.
func (p *person) runs(script string) any {
	p.t.Helper()
	return ask(p, script, func(ctx context.Context) (any, error) { return chromedp.Run(ctx, chromedp.Evaluate[any](script)) })
}

// prepares runs a script in every later page, before the page's own scripts.
func (p *person) prepares(script string) {
	p.t.Helper()
	ask(p, "prepare", func(ctx context.Context) (page.AddScriptToEvaluateOnNewDocumentResult, error) {
		return chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	})
}

// signsIn signs in by the redirect flow.
func (p *person) signsIn(url string) {
	p.t.Helper()
	p.opens(url + "/")
	p.clicks("link", "Continue with Google")
	p.clicks("button", p.name)
}

func (p *person) title() string {
	p.t.Helper()
	return ask(p, "read the title", func(ctx context.Context) (string, error) { return chromedp.Run(ctx, chromedp.Title()) })
}

// find returns the first node with a role and an accessible name; nil for none. A name
// that ends in an asterisk is a prefix.
func (p *person) find(role, name string) *accessibility.Node {
	p.t.Helper()
	found := p.named(name, p.withRole(role))
	if len(found) > 1 {
		// The browser lists what it finds in another order than the whole tree.
		tree := ask(p, "read the accessibility tree", func(ctx context.Context) (accessibility.GetFullAXTreeResult, error) {
			return chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		})
		found = p.named(name, slices.DeleteFunc(tree.Nodes, func(n *accessibility.Node) bool { return text(n.Role) != role }))
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// withRole lets the browser search: of a long page, the whole tree has megabytes. It
// returns nothing while one page gives way to another.
func (p *person) withRole(role string) []*accessibility.Node {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, action)
	defer cancel()
	var found accessibility.QueryAXTreeResult
	document, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err == nil {
		found, err = chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, Role: role})
	}
	if ctx.Err() != nil {
		p.t.Fatalf("%s: search for a %s: %v", p.name, role, err)
	}
	if err != nil {
		return nil
	}
	return found.Nodes
}

// named returns the nodes with a name; one that ends in an asterisk is a prefix.
func (p *person) named(name string, nodes []*accessibility.Node) []*accessibility.Node {
	prefix, isPrefix := strings.CutSuffix(name, "*")
	return slices.DeleteFunc(nodes, func(n *accessibility.Node) bool {
		got := text(n.Name)
		return n.Ignored || got != name && (!isPrefix || !strings.HasPrefix(got, prefix))
	})
}

func text(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // a value that is no string counts as ""
	}
	return s
}

// sees waits until the page has an element with the role and name.
func (p *person) sees(role, name string) *accessibility.Node {
	p.t.Helper()
	var found *accessibility.Node
	if !testkit.Within(patience, func() bool { found = p.find(role, name); return found != nil }) {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s does not see a %s named %q", p.name, role, name)
	}
	return found
}

// clicks clicks the element with the role and name, in its middle. It waits until the
// element can be clicked.
func (p *person) clicks(role, name string) {
	p.t.Helper()
	var last error
	clicked := testkit.Within(patience, func() bool {
		n := p.find(role, name)
		if n == nil {
			return false
		}
		ctx, cancel := context.WithTimeout(p.tab, action)
		defer cancel()
		last = click(ctx, n)
		return last == nil
	})
	if !clicked {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s cannot click the %s %q: %v", p.name, role, name, last)
	}
}

// inMotion reports whether an animation of the page has an end that it has not reached: a
// sheet that slides in would carry the element away from the place that is clicked.
const inMotion = `document.getAnimations().some(a => a.playState === "running" && Number.isFinite(a.effect.getComputedTiming().endTime))`

func click(ctx context.Context, n *accessibility.Node) error {
	if _, err := chromedp.Call(ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.BackendDOMNodeID}); err != nil {
		return err
	}
	if moves, err := chromedp.Run(ctx, chromedp.Evaluate[bool](inMotion)); err != nil || moves {
		return errors.Join(err, errors.New("the page is in motion"))
	}
	box, err := chromedp.Call(ctx, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: n.BackendDOMNodeID})
	if err != nil {
		return err
	}
	quad := box.Model.Content
	return chromedp.Do(ctx, chromedp.MouseClickXY((quad[0]+quad[4])/2, (quad[1]+quad[5])/2))
}

// reads waits until the text of the element with the role and name contains the words.
func (p *person) reads(role, name string, words ...string) {
	p.t.Helper()
	said := ""
	holds := testkit.Within(patience, func() bool {
		n := p.find(role, name)
		if n == nil {
			return false
		}
		ctx, cancel := context.WithTimeout(p.tab, action)
		defer cancel()
		got, err := innerText(ctx, n)
		if err != nil {
			return false // the page has changed since
		}
		said = got
		for _, some := range words {
			if !strings.Contains(said, some) {
				return false
			}
		}
		return true
	})
	if !holds {
		p.picture(p.t.Name() + " " + p.name)
		p.t.Fatalf("%s: the %s %q reads %q, want all of %q", p.name, role, name, said, words)
	}
}

func innerText(ctx context.Context, n *accessibility.Node) (string, error) {
	resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID})
	if err != nil {
		return "", err
	}
	byValue := true
	got, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: "function() { return this.innerText }", ObjectID: resolved.Object.ObjectID, ReturnByValue: &byValue,
	})
	if err != nil {
		return "", err
	}
	var said string
	return said, json.Unmarshal(got.Result.Value, &said)
}

// picture saves a screenshot in the folder that USHER_TEST_PICTURES names.
func (p *person) picture(name string) {
	p.t.Helper()
	folder := os.Getenv("USHER_TEST_PICTURES")
	if folder == "" {
		return
	}
	image := ask(p, "take a picture", func(ctx context.Context) ([]byte, error) {
		return chromedp.Run(ctx, chromedp.FullScreenshot(100))
	})
	path := filepath.Join(folder, strings.NewReplacer(" ", "-", "/", "-").Replace(name)+".png")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		p.t.Error(err)
	}
}

// isInside waits until the person is active and the seat map is loaded. Before, the
// layout still moves under a click.
func (p *person) isInside() {
	p.t.Helper()
	p.sees("region", "Seat map")
	testkit.Eventually(p.t, patience, p.name+" sees the seats", func() bool {
		return p.runs(`document.querySelector(".hall .loading")?.hidden ?? false`) == true
	})
}

// points moves the pointer to a position; clicksAt clicks there.
func (p *person) points(x, y float64) {
	p.t.Helper()
	ask(p, "point", func(ctx context.Context) (any, error) {
		return chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y})
	})
}

func (p *person) clicksAt(x, y float64) {
	p.t.Helper()
	ask(p, "press", func(ctx context.Context) (any, error) { return nil, chromedp.Do(ctx, chromedp.MouseClickXY(x, y)) })
}

// hasFocus returns the name of the element that has the focus, or why it cannot be seen.
const hasFocus = `(() => {
	const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
	if (e === document.body) return "";
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "no outline: " + e.outerHTML.slice(0, 100);
	if (box.bottom <= 0 || box.top >= innerHeight) return "out of view: " + e.outerHTML.slice(0, 100);
	return (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || "").trim();
})()`

// goes presses Tab until the element whose name begins so has the focus.
func (p *person) goes(to string) {
	p.t.Helper()
	path := []string{}
	for range 60 {
		p.types("\t")
		on, _ := p.runs(hasFocus).(string)
		if strings.HasPrefix(on, to) {
			return
		}
		if strings.HasPrefix(on, "no outline") || strings.HasPrefix(on, "out of view") {
			p.t.Errorf("on the way to %q the focus has %s", to, on)
		}
		path = append(path, on)
	}
	p.picture(p.t.Name())
	p.t.Fatalf("the Tab key does not come to %q but to %q", to, path)
}
