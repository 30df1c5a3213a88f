package app_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"usher/internal/dev"
	"usher/internal/testkit/node"
)

// measure counts the frames and long tasks of some seconds. Each frame window.move may
// move the map first.
const measure = `window.measure = (ms) => new Promise((done) => {
	let frames = 0, worst = 0, last = 0;
	const long = [];
	const tasks = new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)));
	tasks.observe({ entryTypes: ["longtask"] });
	const begin = performance.now();
	(function frame(now) {
		if (last) { frames++; worst = Math.max(worst, now - last); }
		last = now;
		window.move?.(frames);
		if (performance.now() - begin < ms) { requestAnimationFrame(frame); return; }
		for (const entry of tasks.takeRecords()) long.push(entry.duration);
		tasks.disconnect();
		done({ fps: frames / (performance.now() - begin) * 1000, worst, long: long.length, longest: Math.max(0, ...long), changes: window.changes });
	})(0);
})`

// counted counts the changes of seats that reach the page.
const counted = `
	window.changes = 0;
	const Socket = window.WebSocket;
	window.WebSocket = class extends Socket {
		constructor(...address) {
			super(...address);
			super.addEventListener("message", (event) => { if (event.data.startsWith('{"type":"changes"')) window.changes += Object.keys(JSON.parse(event.data).seats).length });
		}
	};`

// TestFiftyThousandSeats prints how smooth the map of 50,000 seats is while a hundred of
// them change each second: the whole house and near seats, at rest and moved, on a
// desktop and on a phone with a processor of a quarter of the speed. It asserts nothing:
// the figures are those of the machine, which should be quiet.
//
//	USHER_SOAK=1 go test ./internal/app -run TestFiftyThousandSeats -v
func TestFiftyThousandSeats(t *testing.T) {
	if os.Getenv("USHER_SOAK") == "" {
		t.Skip("the figures need a quiet machine and a minute: USHER_SOAK=1")
	}
	browser := chromium(t)
	n := node.Start(t, node.Options{Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit, d.MaxSeats = 50_000, 20, 60 }})

	// Ten requests a second, each of which changes ten seats.
	end := make(chan struct{})
	var movers sync.WaitGroup
	for m := range 2 {
		mover := n.SignIn(t, fmt.Sprintf("Mover %d", m))
		movers.Go(func() {
			pace := time.NewTicker(200 * time.Millisecond)
			defer pace.Stop()
			for held := false; ; held = !held {
				select {
				case <-end:
					return
				case <-pace.C:
				}
				if held {
					_, _, _ = mover.Request("DELETE", "/holds", nil)
				} else {
					_, _, _ = mover.Request("POST", "/holds", map[string]any{"best": map[string]any{"count": 10}})
				}
			}
		})
	}
	defer movers.Wait()
	defer close(end)

	for _, device := range []struct {
		name          string
		width, height int64
		slower        float64
	}{{"desktop", 1280, 900, 1}, {"phone, 4 times slower", 390, 844, 4}} {
		fan := window(t, browser, "Fan 1")
		fan.prepares(counted)
		fan.sized(device.width, device.height)
		ask(fan, "slow the processor down", func(ctx context.Context) (any, error) {
			return chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: device.slower})
		})
		fan.signsIn(n.URL)
		fan.isInside()
		fan.runs(measure)
		fan.picture("house-of-50000 " + device.name)
		for _, look := range []struct{ name, prepare, move string }{
			{"whole house at rest", ``, `null`},
			{"whole house, zooming", ``, `(frame) => canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: frame % 120 < 60 ? -20 : 20, ctrlKey: true, clientX: middle.x, clientY: middle.y, bubbles: true, cancelable: true }))`},
			{"seats at rest", `key("0"); for (let i = 0; i < 12; i++) key("+")`, `null`},
			{"seats, moving", ``, `(frame) => key(frame % 80 < 40 ? "ArrowLeft" : "ArrowRight", true)`},
		} {
			fan.runs(`{
				window.canvas = document.querySelector("canvas");
				const box = canvas.getBoundingClientRect();
				window.middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
				window.key = (key, shiftKey = false) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
				` + look.prepare + `;
				window.changes = 0; window.move = ` + look.move + ` }`)
			got := fan.awaits(`measure(5000)`).(map[string]any)
			t.Logf("%-22s %-22s %5.1f frames/s, slowest frame %4.0f ms, %2.0f tasks over 50 ms (longest %3.0f ms), %4.0f changes in 5 s",
				device.name, look.name, got["fps"], got["worst"], got["long"], got["longest"], got["changes"])
		}
		fan.picture("seats-of-50000 " + device.name)
		ask(fan, "leave", func(ctx context.Context) (any, error) { return nil, chromedp.Do(ctx, chromedp.Navigate("about:blank")) })
	}
}
