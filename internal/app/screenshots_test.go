package app_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/internal/testkit/node"
)

// screens is the environment variable with the folder of the documents. It makes
// TestTheDocumentsPictures take the pictures again (make screenshots).
const screens = "USHER_SCREENSHOTS"

// TestTheDocumentsPictures takes the screenshots of the documents: a browser goes the
// fan's path, through the gate and to the admin page of usher-dev.
func TestTheDocumentsPictures(t *testing.T) {
	folder := os.Getenv(screens)
	if folder == "" {
		t.Skip("the pictures are taken by make screenshots")
	}
	browser := chromium(t)
	p := node.Launch(t, "usher-dev", "--listen", "127.0.0.1:0", "--ops-listen", "", "--seats", "800", "--active-limit", "1", "--session", "1h")
	node.WaitReady(t, p.URL)
	shoot := func(of *person, name string) []byte {
		t.Helper()
		of.runs(`document.getAnimations().forEach(a => { try { a.finish() } catch { a.cancel() } })`) // what moves is at its end
		image := ask(of, "take a picture", func(ctx context.Context) ([]byte, error) { return chromedp.Run(ctx, chromedp.CaptureScreenshot()) })
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, image, 0o644); err != nil { //nolint:gosec // a picture for everyone
			t.Fatal(err)
		}
		return image
	}
	open := func(name string, width, height int64) *person {
		t.Helper()
		w := window(t, browser, name)
		ask(w, "size", func(ctx context.Context) (any, error) {
			return nil, chromedp.Do(ctx, chromedp.EmulateViewport(width, height))
		})
		w.signsIn(p.URL)
		return w
	}

	// A sale that goes on: some seats are sold, one fan is inside, others wait.
	for i := range 12 {
		fan := node.SignInAt(t, p.URL, "demo", fmt.Sprintf("Early %d", i))
		held := fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2 + i%3, "category": []string{"VIP", "Regular"}[i%2]}}, 201)
		fan.Do("POST", "/transactions", purchaseOf(seatNumbers(held)...), 201, "Idempotency-Key", "early")
		fan.Do("POST", "/waitingList/leave", nil, 200)
	}
	first := open("Fan 1", 1080, 760)
	first.isInside()
	ahead := make([]*node.Fan, 41)
	for i := range ahead {
		ahead[i] = node.SignInAt(t, p.URL, "demo", fmt.Sprintf("Ahead %d", i))
	}
	second := open("Fan 2", 620, 620)
	second.reads("region", "Your place in line", "42")
	waiting := shoot(second, "screens/waiting.png")

	first.clicks("button", "Find seats")
	first.sees("button", "Pay *")
	first.runs("window.scrollTo(0, 0)")
	seats := shoot(first, "screens/seats.png")
	first.clicks("button", "Pay *")
	first.sees("image", "QR code for seat *")
	first.runs("window.scrollTo(0, 0)")
	shoot(first, "screens/tickets.png")
	for _, fan := range ahead {
		fan.Do("POST", "/waitingList/leave", nil, 200)
	}
	first.clicks("button", "Sign out")
	second.sees("region", "It is your turn")
	shoot(second, "screens/turn.png")

	code, seat := "", ""
	second.clicks("button", "Enter")
	second.isInside()
	buyer := node.SignInAt(t, p.URL, "demo", "Early 0")
	list, _ := buyer.Do("GET", "/tickets", nil, 200)["tickets"].([]any)
	for _, one := range list {
		code, seat = ticketCode(t, one), one.(map[string]any)["seatNumber"].(string)
	}
	staff := open("Staff", 620, 620)
	staff.clicks("link", "Gate")
	staff.sees("textbox", "Ticket code")
	staff.clicks("heading", "Gate")
	staff.types(code + "\r")
	staff.reads("status", "Result", "Admitted", seat)
	shoot(staff, "screens/gate.png")
	admin := open("Admin", 1080, 760)
	admin.clicks("link", "Admin")
	admin.sees("heading", "Transactions")
	admin.runs("window.scrollTo(0, 0)")
	shoot(admin, "screens/admin.png")

	// The picture of the README shows two windows side by side.
	both := window(t, browser, "both")
	ask(both, "size", func(ctx context.Context) (any, error) {
		return nil, chromedp.Do(ctx, chromedp.EmulateViewport(1600, 700))
	})
	embedded := func(image []byte, style string) string {
		return `<img style="border-radius:12px;box-shadow:0 8px 30px #0008;` + style + `" src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(image) + `">`
	}
	html := `<body style="margin:0;height:700px;background:#2b2833;display:flex;align-items:center;justify-content:center;gap:40px">` +
		embedded(seats, "width:918px") + embedded(waiting, "width:520px") + `</body>`
	both.opens("data:text/html;base64," + base64.StdEncoding.EncodeToString([]byte(html)))
	both.runs("Promise.all([...document.images].map(i => i.decode())).then(() => true)")
	shoot(both, "usher.png")
}
