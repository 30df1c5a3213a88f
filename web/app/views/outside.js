// @ts-check
import { h, show, text } from "../dom.js";
import { count, when } from "../format.js";
import * as clock from "../clock.js";
import { explainOut } from "../explain.js";

/**
 * Signed in, but not in the line.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function outsideView(office) {
  const title = h("h2", { class: "display" });
  const reason = h("p", { class: "lead" });
  const waiting = h("dd");
  const opens = h("p", { class: "fine" });
  const element = h(
    "section",
    { class: "card outside" },
    title,
    reason,
    opens,
    h("dl", { class: "figures" }, h("div", null, h("dt", null, "People waiting"), waiting)),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button primary large", onclick: () => office.join() }, "Join the line")),
  );
  return {
    element,
    update(state) {
      text(title, state.out === "finished" ? "Your purchase is complete" : "You are not in the line");
      text(reason, state.out ? explainOut(state.out) : "Join it, and you will see at once how long it takes.");
      text(waiting, count(state.status?.waiting ?? 0));
      const at = state.season?.opensAt;
      const ahead = at && Date.parse(at) > clock.now();
      show(opens, Boolean(ahead));
      if (ahead) text(opens, `The sale opens ${when(at, clock.now())}.`);
    },
  };
}
