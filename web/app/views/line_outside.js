// @ts-check
import { h, show, text } from "../dom.js";
import { count, when } from "../format.js";
import { line, outside as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { explainOut } from "../explain.js";
import { canJoin, isClosed, saleOf } from "./sale_state.js";

/**
 * For a fan who is signed in, but not in the line.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function outsideView(office) {
  const title = h("h2", { class: "display" });
  const reason = h("p", { class: "lead" });
  const shut = h("p", { class: "note" });
  const waiting = h("dd");
  const opens = h("p", { class: "fine" });
  const join = h("button", { type: "button", class: "button primary large", "data-live": "", onclick: () => office.line.join() }, texts.join);
  const element = h(
    "section",
    { class: "card outside" },
    title,
    reason,
    shut,
    opens,
    h("dl", { class: "figures" }, h("div", null, h("dt", null, line.waiting), waiting)),
    h("div", { class: "actions" }, join),
  );
  return {
    element,
    update(state) {
      const gone = saleOf(state)?.stock === "gone";
      const closed = isClosed(state, clock.now());
      text(title, state.out === "finished" ? texts.finished : closed ? texts.closed : gone && !state.out ? texts.gone : texts.title);
      const situation = closed ? texts.closedLead : !gone ? texts.lead : state.season?.returns ? texts.returnsLead : texts.goneLead;
      text(reason, state.out ? explainOut(state.out) : situation);
      // A reason for being out does not say that the way back is shut.
      show(shut, state.out !== null && !canJoin(state, clock.now()));
      text(shut, situation);
      show(join, canJoin(state, clock.now()));
      text(waiting, count(state.status?.waiting ?? 0));
      const at = state.season?.opensAt;
      const ahead = at && Date.parse(at) > clock.now();
      show(opens, Boolean(ahead));
      if (ahead) text(opens, texts.opens(when(at, clock.now())));
    },
  };
}
