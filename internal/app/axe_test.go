package app_test

import (
	"os"
	"testing"

	"usher/internal/testkit"
)

// axeFile is where make axe puts axe-core.
const axeFile = "../../bin/axe-core/package/axe.min.js"

// axe returns the source of axe-core. Without it, it skips the test.
func axe(t *testing.T) string {
	t.Helper()
	testkit.Long(t)
	source, err := os.ReadFile(axeFile)
	if err != nil {
		if testkit.Required("axe-core") {
			t.Fatal("axe-core is required here: run make axe. ", err)
		}
		t.Skip("no axe-core (make axe): the pages are not checked with it")
	}
	return string(source)
}

// findings is a script that runs axe-core on the page and returns what it found.
const findings = `(async (options) => {
	document.getAnimations().forEach((one) => { try { one.finish() } catch { one.cancel() } });
	const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
	return violations.map((one) => one.id + " (" + one.help + "): " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message ?? "")).join(" | "));
})`

// tooWide is a script that returns what makes the page wider than its window.
const tooWide = `(() => {
	const root = document.scrollingElement;
	if (root.scrollWidth <= root.clientWidth) return "";
	const wide = [...document.querySelectorAll("body *")].filter((e) => { const box = e.getBoundingClientRect(); return box.width > 0 && (box.left < -1 || box.right > innerWidth + 1) && !e.closest(".scroll, .unseen, .skip"); });
	return root.scrollWidth + " > " + root.clientWidth + " by " + wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 100)).join(" and ");
})()`
