package app_test

import (
	"fmt"
	"testing"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAnAdminRemovesTheRightFan: rows keep their place under the pointer while the
// line moves. The question names the fan and the place, and the result appears beside
// the button. Search and pages reach every fan.
func TestAnAdminRemovesTheRightFan(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	n := node.Start(t, oneAtATime())
	inside := n.SignIn(t, "Inside")
	fans := make([]*node.Fan, 103)
	for i := range fans {
		fans[i] = n.SignIn(t, fmt.Sprintf("Guest %03d", i+1))
	}
	admin := window(t, browser, "Admin")
	admin.signsIn(n.URL)
	admin.clicks("link", "Admin")
	admin.reads("table", "In line", "Guest 003")
	admin.reads("table", "Active", "Inside")
	admin.looks("admin-line")

	// The pointer is on the second row's button while the first one leaves.
	at := admin.runs(`(() => { const button = document.querySelector('[aria-label="Put out Guest 002"]'); button.scrollIntoView({ block: "center" });
		const box = button.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] })()`).([]any)
	x, y := at[0].(float64), at[1].(float64)
	admin.points(x, y)
	fans[0].Do("POST", "/waitingList/leave", nil, 200)
	admin.reads("table", "In line", "Not here any more")
	under := admin.runs(fmt.Sprintf(`document.elementFromPoint(%f, %f).getAttribute("aria-label")`, x, y))
	if under != "Put out Guest 002" {
		t.Fatalf("the button under the pointer is %v now", under)
	}
	admin.clicksAt(x, y)
	admin.reads("dialog", "Put out Guest 002?", "Guest 002 is number 1 in line.")
	admin.looks("put-out")
	admin.clicks("button", "Cancel")
	admin.gone("dialog", "*")
	if status := fans[1].Do("GET", "/auth/status", nil, 200); status["state"] != "waiting" {
		t.Fatalf("after Cancel, Guest 002 is %v", status["state"])
	}
	// A list that the server wrote before the removal arrives after it.
	admin.runs(`(() => { const real = window.fetch, held = new Promise((release) => window.release = release); window.late = window.read = 0;
		window.fetch = async (...request) => { const answer = await real(...request);
			if (String(request[0]).includes("/waiting?")) { const text = await answer.text(); window.late++; await held; setTimeout(() => setTimeout(() => window.read++)); return new Response(text, answer) }
			return answer } })()`)
	testkit.Eventually(t, patience, "a list is on its way", func() bool { return admin.runs("window.late").(float64) > 0 })
	admin.clicks("button", "Put out Guest 002")
	admin.clicks("button", "Yes, put out")
	admin.gone("dialog", "*")
	admin.runs(`window.release()`)
	testkit.Eventually(t, patience, "the page read the list", func() bool { return admin.runs("window.read").(float64) > 0 })
	if said := admin.runs(`document.activeElement.outerHTML.slice(0, 60) + document.activeElement.closest("tr")?.cells[2].textContent`); said != `<span role="status" tabindex="-1">Put out</span>Guest 002` {
		t.Errorf("the result reads %q", said)
	}
	if status := fans[1].Do("GET", "/auth/status", nil, 200); status["state"] != "none" {
		t.Errorf("after the removal, Guest 002 is %v", status["state"])
	}

	// 101 fans are left: the last one is on the next page, and is found by name.
	admin.runs(`document.activeElement.blur()`)
	admin.clicks("button", "Next")
	admin.reads("table", "In line", "Guest 103")
	admin.clicks("button", "Previous")
	admin.reads("table", "In line", "Guest 003")
	admin.runs(`(() => { const find = document.querySelector("#find-waiting"); find.value = "guest 103"; find.dispatchEvent(new Event("input")) })()`)
	testkit.Eventually(t, patience, "the search shows one person", func() bool {
		return admin.runs(`[...document.querySelectorAll('table[aria-label="In line"] tbody tr')].map((row) => row.cells[2].textContent).join()`) == "Guest 103"
	})
	admin.looks("admin-search")
	_ = inside
}
