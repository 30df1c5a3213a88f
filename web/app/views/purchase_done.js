// @ts-check
import { h, show, text } from "../dom.js";
import { full } from "../finish.js";
import { finished } from "../losses.js";
import { done as texts } from "../texts/chosen.js";
import { announce } from "./announcer.js";
import { saleOf } from "./sale_state.js";

/**
 * What the fan has just bought, and the question whether that was all.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function purchaseDoneView(office) {
  const words = h("p", { class: "done-words" });
  const next = h("p", { class: "fine" });
  const end = h("button", { type: "button", class: "button primary", "data-live": "", onclick: () => office.line.leave("finished") }, texts.finish);
  const more = h("button", { type: "button", class: "button", onclick: () => office.finish.buyMore() }, texts.more);
  const actions = h("div", { class: "actions" }, end, more);
  const element = h("div", { class: "card done", hidden: true }, h("div", { role: "status", "aria-label": texts.label }, words), next, actions);
  let all = false;
  let said = "";
  return {
    element,
    update(state) {
      const { done } = state;
      const here = done !== null && !saleOf(state)?.cancelled;
      show(element, here);
      if (!done || !here) return;
      const bought = texts.bought(done.seats, done.total, done.currency);
      text(words, bought);
      if (said !== bought) announce(texts.announced(bought));
      said = bought;
      all = full(state);
      const open = finished(state);
      show(actions, open);
      const gone = saleOf(state)?.stock === "gone";
      show(more, !all && !gone);
      text(end, gone ? texts.goneFinish : texts.finish);
      this.tick?.();
    },
    tick() {
      const left = office.finish.left();
      const lineState = office.store.state.status?.state;
      show(next, left > 0 || lineState === "none");
      if (saleOf(office.store.state)?.stock === "gone") text(next, texts.gone);
      else if (lineState === "none") text(next, texts.nextIsIn);
      else if (all) text(next, texts.full(left));
      else text(next, texts.next(left));
    },
    dispose() {
      announce("");
    },
  };
}
