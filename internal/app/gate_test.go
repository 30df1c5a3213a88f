package app_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
	ticketcode "usher/internal/ticket"
)

// types presses keys one after another into the focused element, as a hand scanner
// does.
func (p *person) types(keys string) {
	p.t.Helper()
	ask(p, "type", func(ctx context.Context) (any, error) { return nil, chromedp.Do(ctx, chromedp.KeyEvent(keys)) })
}

// looks saves screenshots of the page in light mode, in dark mode and on a phone, if
// the environment asks for screenshots.
func (p *person) looks(name string) {
	p.t.Helper()
	if os.Getenv("USHER_TEST_PICTURES") == "" {
		return
	}
	dress := func(scheme string, width, height int64) {
		ask(p, "dress", func(ctx context.Context) (any, error) {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
				return nil, err
			}
			return chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
		})
	}
	dress("dark", 1280, 900)
	p.picture(name + "-dark")
	dress("light", 390, 844)
	p.picture(name + "-phone")
	dress("light", 1280, 900)
	p.picture(name + "-light")
}

// TestAnEveningAtTheGate: staff scan with a device that types like a keyboard, and see
// and hear each result.
func TestAnEveningAtTheGate(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 60, 5 }})
	fan := n.SignIn(t, "Zoë Nguyễn")
	cart := fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 3, "adjacent": true}}, 201)
	seats := []any{}
	for _, seat := range cart["seats"].([]any) {
		seats = append(seats, seat.(map[string]any)["seatNumber"])
	}
	order := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}
	var bought map[string]any
	testkit.Eventually(t, patience, "the seats are bought", func() bool {
		_, bought = fan.Try("POST", "/transactions", order, "Idempotency-Key", "k")
		return bought["status"] == "completed"
	})
	ticket := func(i int) (code, seat string) {
		one := bought["tickets"].([]any)[i].(map[string]any)
		return one["qrCode"].(string), one["seatNumber"].(string)
	}
	code, seat := ticket(0)
	back, given := ticket(1)
	fan.Do("POST", "/transactions/"+bought["id"].(string)+"/cancel", map[string]any{"seats": []string{given}}, 200)

	staff := window(t, browser, "Staff")
	staff.opens(n.URL + "/")
	staff.clicks("link", "Continue with Google")
	staff.clicks("button", "Staff")
	staff.clicks("link", "Gate")
	staff.sees("textbox", "Ticket code")
	staff.looks("gate-empty")
	staff.clicks("textbox", "Gate name")
	staff.types("\b\b\b\bNorth\r")
	staff.clicks("heading", "Gate") // no element has the focus: the scan must still arrive
	staff.types(code + "\r")
	staff.reads("status", "Result", "Admitted", seat+" · ", "Zoë Nguyễn") // read at once: the result disappears after seconds
	staff.looks("gate-admitted")
	staff.types(code + "\r") // no click between two people
	staff.reads("status", "Result", "Already admitted")
	staff.looks("gate-already")
	staff.types(back + "\r")
	staff.reads("status", "Result", "Not valid", "given back")
	staff.types("https://example.com\r")
	staff.reads("status", "Result", "no ticket")
	staff.looks("gate-invalid")
	staff.types("something typed")
	staff.clicks("button", "Check in")
	staff.reads("list", "", "Not valid")
	if box := staff.sees("textbox", "Ticket code"); text(box.Value) != "" {
		t.Errorf("the field still holds %q", text(box.Value))
	}
	if open := staff.runs(`document.querySelector(".gate-by-hand").open = true`); open != true {
		t.Error("tickets cannot be looked up")
	}
	staff.runs(`document.querySelector("#gate-lookup").value = "` + seat + `"`)
	staff.clicks("button", "Look up")
	staff.reads("status", "Looked up", "Already admitted")
	_, cracked := ticket(2)
	staff.runs(`document.querySelector("#gate-lookup").value = "` + cracked + `"`)
	staff.clicks("button", "Look up")
	staff.reads("status", "Looked up", cracked+" · ")
	staff.clicks("button", "Check in by hand")
	staff.reads("status", "Result", "Checked in by hand")
	staff.reads("status", "Result", cracked+" · ")
	staff.opens(n.URL + "/gate")
	staff.sees("textbox", "Ticket code")
	staff.types(code + "\r") // the name is stored, and the code field has the focus
	staff.reads("status", "Result", "gate North")

	// The short code under the QR code, as staff type it.
	id := bought["tickets"].([]any)[0].(map[string]any)["id"].(string)
	staff.runs(`document.querySelector("#ticket-code").value = "` + strings.ToLower(ticketcode.ShortCode(id)) + `"`)
	staff.clicks("button", "Check in")
	staff.reads("status", "Result", "Already admitted")

	n.Stop()
	staff.types(code + "\r") // this device has seen the ticket admitted
	staff.reads("status", "Result", "Already admitted")
	staff.sees("alert", "*")
	staff.types("https://example.com/no-ticket-at-all\r")
	staff.reads("status", "Result", "no ticket")
}

// TestAFanPrintsAndRefundsTickets: one seat, then the whole purchase; the page
// confirms each refund.
func TestAFanPrintsAndRefundsTickets(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 60, 5 }})
	fan := window(t, browser, "Fan 1")
	fan.opens(n.URL + "/")
	fan.clicks("link", "Continue with Google")
	fan.clicks("button", "Fan 1")
	fan.isInside()
	fan.runs(`document.getElementById("best-count").value = "4"`)
	fan.clicks("button", "Find seats")
	fan.clicks("button", "Pay *")
	fan.sees("heading", "Your tickets")
	fan.sees("link", "PDF of all *")
	fan.looks("tickets")
	first := strings.TrimPrefix(text(fan.sees("article", "Ticket *").Name), "Ticket ")

	admin := n.SignIn(t, "Admin")
	for _, refunds := range []bool{false, true} {
		admin.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"refunds": refunds}, 200)
		testkit.Eventually(t, patience, "the page offers a refund only where one is possible", func() bool {
			fan.opens(n.URL + "/draw") // another page, so that the next one is loaded again
			fan.opens(n.URL + "/#tickets")
			fan.sees("article", "Ticket "+first)
			offered := fan.find("button", "Give back seat "+first) != nil
			explained := fan.find("StaticText", "Tickets of this sale cannot be given back.") != nil
			return offered == refunds && explained == !refunds
		})
	}

	fan.clicks("button", "Give back seat "+first)
	fan.sees("dialog", "Give back seat "+first+"?")
	fan.looks("give-back")
	fan.clicks("button", "Keep")
	fan.clicks("button", "Give back seat "+first)
	fan.clicks("button", "Give back")
	fan.reads("alert", "", "Seat "+first+" was given back")
	fan.reads("article", "Ticket "+first, "not valid any more")
	if fan.find("image", "QR code for seat "+first) != nil || fan.find("link", "Print ticket "+first) != nil {
		t.Error("a refunded ticket can still be shown or printed")
	}
	fan.looks("given-back")

	fan.clicks("link", "Print all *")
	fan.sees("button", "Print")
	fan.sees("image", "QR code for seat *")
	onPaper := ask(fan, "print", func(ctx context.Context) (page.PrintToPDFResult, error) {
		asTheStyleSays := true
		return chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &asTheStyleSays})
	})
	if pages := regexp.MustCompile(`/Type /Page\b`).FindAll(onPaper.Data, -1); len(pages) != 3 {
		t.Errorf("three tickets are printed on %d pages", len(pages))
	}
	fan.looks("print")
	fan.clicks("link", "Back to my tickets")
	fan.clicks("button", "Give back all *")
	fan.clicks("button", "Give back")
	fan.reads("alert", "", "were given back")
	testkit.Eventually(t, patience, "no code is left", func() bool { return fan.find("image", "QR code for seat *") == nil })
}

// seeingBrowser gives a page a camera and a code reader, which this browser may lack.
// The reader finds the codes in window.held.
const seeingBrowser = `
	window.held = [];
	window.BarcodeDetector = class {
		static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
		detect() { return Promise.resolve(window.held.map((rawValue) => ({ rawValue }))); }
	};
	navigator.mediaDevices.getUserMedia = async () => {
		const canvas = document.createElement("canvas");
		const paint = canvas.getContext("2d");
		setInterval(() => paint.fillRect(Math.random() * 300, 0, 20, 150), 50);
		return (window.stream = canvas.captureStream(10));
	};`

// TestACameraScansACodeOnce: a code that is read many times a second is one scan.
// Stopping turns the camera off.
func TestACameraScansACodeOnce(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	staff := window(t, browser, "Staff")
	ask(staff, "give eyes", func(ctx context.Context) (page.AddScriptToEvaluateOnNewDocumentResult, error) {
		return chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: seeingBrowser})
	})
	run := func(script string) any {
		t.Helper()
		return ask(staff, script, func(ctx context.Context) (any, error) { return chromedp.Run(ctx, chromedp.Evaluate[any](script)) })
	}
	staff.opens(n.URL + "/")
	staff.clicks("link", "Continue with Google")
	staff.clicks("button", "Staff")
	staff.clicks("link", "Gate")
	staff.clicks("button", "Scan with the camera")
	staff.sees("button", "Stop the camera")
	run(`window.held = ["first"]`)
	staff.reads("status", "Result", "Not valid")
	run(`window.held = ["second", "third"]`) // two people at once
	scans := `document.querySelectorAll(".gate-last li").length`
	testkit.Eventually(t, patience, "both are scanned", func() bool { return run(scans) == 3.0 })
	// The same pair stays in view for many more frames.
	run(`new Promise((resolve) => { let looks = 0; const detect = BarcodeDetector.prototype.detect;
		BarcodeDetector.prototype.detect = function () { if (++looks === 5) resolve(); return detect.call(this); }; }).then(() => { window.looked = true; })`)
	testkit.Eventually(t, patience, "the camera reads another frame", func() bool { return run("window.looked === true") == true })
	if got := run(scans); got != 3.0 {
		t.Errorf("%v scans of three codes", got)
	}
	staff.looks("gate-camera")
	staff.clicks("button", "Stop the camera")
	staff.sees("button", "Scan with the camera")
	if run(`window.stream.getTracks().every((track) => track.readyState === "ended")`) != true {
		t.Error("the camera is still on")
	}
}

// handScanner is a script that types as a hand scanner does: many keys at once into
// the focused element, and a last key.
const handScanner = `window.scan = (text, end) => {
	const press = (key) => {
		const target = document.activeElement ?? document.body;
		const on = target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
		const field = document.activeElement;
		if (on && key.length === 1 && field instanceof HTMLInputElement && field.type === "text") {
			field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
			field.dispatchEvent(new Event("input", { bubbles: true }));
		}
		return on;
	};
	for (const key of text) press(key);
	return end ? press(end) : true;
};`

// TestAScanArrivesFromAnyFocus: in the field of the gate's name, on a button, with Tab
// as its last key. The next scan removes the result before.
func TestAScanArrivesFromAnyFocus(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	staff := window(t, browser, "Staff")
	staff.prepares(handScanner)
	staff.opens(n.URL + "/")
	staff.clicks("link", "Continue with Google")
	staff.clicks("button", "Staff")
	staff.clicks("link", "Gate")
	staff.sees("textbox", "Ticket code")
	run := func(script string) any { t.Helper(); return staff.runs(script) }
	name, code := `document.querySelector("#gate-name").value`, `document.querySelector("#ticket-code").value`
	scans := `document.querySelectorAll(".gate-last li").length`
	wantScans := func(want float64) {
		t.Helper()
		testkit.Eventually(t, patience, "the code is sent", func() bool { return run(scans) == want })
		if run(name) != "Main" || run(code) != "" {
			t.Errorf("the gate is called %q, the code field has %q", run(name), run(code))
		}
	}
	if run(`document.querySelector("#gate-name").focus(), scan("https://tickets.example.org/1234567890", "Tab")`) != false {
		t.Error("Tab after a scan leaves the field")
	}
	wantScans(1)
	run(`document.querySelector("#gate-name").focus(), scan("https://tickets.example.org/1234567890", "Enter")`)
	wantScans(2)
	run(`document.querySelector("#gate-sound").focus(), scan("https://tickets.example.org/1234567890", "Enter")`)
	wantScans(3)
	run(`document.querySelector("#ticket-code").focus(), scan("https://tickets.example.org/1234567890", "Tab")`)
	wantScans(4)
	if got := run(`localStorage.getItem("usher.gate") ?? ""`).(string); strings.Contains(got, "example") {
		t.Errorf("a code is stored as the gate's name: %s", got)
	}

	// The first key of the next scan removes the last result, before the code is sent.
	staff.reads("status", "Result", "Not valid")
	run(`scan("h")`)
	staff.reads("status", "Result", "Ready to scan")
	// A scanner without a last key leaves its code in the field, where staff can send it.
	run(`document.querySelector("#gate-name").focus(), scan("https://tickets.example.org/no-end")`)
	testkit.Eventually(t, patience, "the code is in its field", func() bool {
		return run(code) == "https://tickets.example.org/no-end" && run(name) == "Main"
	})
	staff.clicks("button", "Check in")
	wantScans(5)
	// A result disappears after a while.
	staff.reads("status", "Result", "Ready to scan")
	// A name that a person types stays.
	run(`document.querySelector("#gate-name").focus(), scan("North", "Tab")`)
	if got := run(name); got != "MainNorth" && got != "NorthMain" {
		t.Errorf("a name that was typed became %q", got)
	}
}

// TestNoCameraStaysOn: also when buttons are pressed while the browser asks for
// permission.
func TestNoCameraStaysOn(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, node.Options{})
	staff := window(t, browser, "Staff")
	staff.prepares(seeingBrowser)
	staff.prepares(`{
		window.streams = [];
		window.asked = [];
		const give = navigator.mediaDevices.getUserMedia;
		navigator.mediaDevices.getUserMedia = async () => {
			await new Promise((resolve) => window.asked.push(resolve));
			const stream = await give();
			window.streams.push(stream);
			return stream;
		};
	}`)
	staff.opens(n.URL + "/")
	staff.clicks("link", "Continue with Google")
	staff.clicks("button", "Staff")
	staff.clicks("link", "Gate")
	staff.clicks("button", "Scan with the camera")
	staff.clicks("button", "Stop the camera") // while the browser asks
	staff.clicks("button", "Scan with the camera")
	on := `window.streams.filter((stream) => stream.getTracks().some((track) => track.readyState === "live")).length`
	staff.runs(`for (const give of window.asked) give()`)
	testkit.Eventually(t, patience, "both permissions are given and one camera is on", func() bool {
		return staff.runs(`window.streams.length`) == 2.0 && staff.runs(on) == 1.0
	})
	staff.clicks("button", "Stop the camera")
	testkit.Eventually(t, patience, "no camera is on", func() bool { return staff.runs(on) == 0.0 })
}
