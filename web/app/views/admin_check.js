// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { check as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** How long the server may take, in ms. */
const patience = 40_000;

/**
 * The check of everything that a sale needs: a button, and a list of what was found.
 *
 * @param {string} base the path of the season
 */
export function checkView(base) {
  const fans = h("input", { type: "number", id: "expected-fans", min: "1", max: "100000000", placeholder: texts.unknown });
  const button = h("button", { type: "submit", class: "button" }, texts.check);
  const said = h("p", { class: "note", role: "status", hidden: true });
  const list = h("ul", { class: "checks", "aria-label": texts.title, hidden: true });
  let busy = false;

  /** @param {string} words */
  function say(words) {
    show(said, true);
    text(said, words);
  }

  async function check() {
    if (busy) return; // a disabled button would lose the focus
    busy = true;
    button.setAttribute("aria-disabled", "true");
    say(texts.checking);
    try {
      /** @type {import("../../../clients/js/wire.js").CheckReport} */
      const report = await http.get(`${base}/check${fans.value ? `?fans=${encodeURIComponent(fans.value)}` : ""}`, patience);
      const fails = report.lines.filter((line) => line.state === "FAIL").length;
      const warnings = report.lines.filter((line) => line.state === "warn").length;
      list.replaceChildren(
        ...report.lines.map((line) =>
          h("li", { "data-state": line.state }, h("strong", null, texts.states[line.state]), h("span", { class: "check-name" }, line.name), h("span", null, line.found, line.do ? h("em", null, ` ${line.do}`) : "")),
        ),
      );
      show(list, true);
      say(texts.result(report.lines.length, fails, warnings));
    } catch (problem) {
      say(explain(/** @type {http.Problem} */ (problem)));
    } finally {
      busy = false;
      button.removeAttribute("aria-disabled");
    }
  }

  return h(
    "section",
    { class: "card" },
    h("h3", null, texts.title),
    h("p", { class: "fine" }, texts.what),
    h(
      "form",
      {
        class: "check-form",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          check();
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "expected-fans" }, texts.fans), fans),
      h("div", { class: "actions" }, button),
    ),
    said,
    list,
  );
}
