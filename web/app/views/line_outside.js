// @ts-check
import { h, show, text } from "../dom.js";
import { count, when } from "../format.js";
import { line, outside as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { explainOut } from "../explain.js";
import { saleOf } from "./sale_state.js";

/**
 * For a fan who is signed in, but not in the line.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
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
    h("dl", { class: "figures" }, h("div", null, h("dt", null, line.waiting), waiting)),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button primary large", onclick: () => office.line.join() }, texts.join)),
  );
  return {
    element,
    update(state) {
      const gone = saleOf(state)?.stock === "gone";
      text(title, state.out === "finished" ? texts.finished : gone && !state.out ? texts.gone : texts.title);
      text(reason, state.out ? explainOut(state.out) : !gone ? texts.lead : state.season?.returns ? texts.returnsLead : texts.goneLead);
      text(waiting, count(state.status?.waiting ?? 0));
      const at = state.season?.opensAt;
      const ahead = at && Date.parse(at) > clock.now();
      show(opens, Boolean(ahead));
      if (ahead) text(opens, texts.opens(when(at, clock.now())));
    },
  };
}
