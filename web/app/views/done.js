// @ts-check
import { h, show, text } from "../dom.js";
import { countdown, money } from "../format.js";
import { full } from "../finish.js";
import { finished } from "../losses.js";
import { announce } from "./announcer.js";

/**
 * What was just bought, and whether that was all.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function doneView(office) {
  const words = h("p", { class: "done-words" });
  const next = h("p", { class: "fine" });
  const end = h("button", { type: "button", class: "button primary", onclick: () => office.leave("finished") }, "I am finished, let the next person in");
  const more = h("button", { type: "button", class: "button", onclick: () => office.finish.buyMore() }, "Buy more");
  const actions = h("div", { class: "actions" }, end, more);
  const element = h("div", { class: "card done", hidden: true }, h("div", { role: "status", "aria-label": "Bought" }, words), next, actions);
  let all = false;
  let said = "";
  return {
    element,
    update(state) {
      const { done } = state;
      show(element, done !== null);
      if (!done) return;
      const bought = `Done: ${done.seats.join(", ")}, ${money(done.total, done.currency)}`;
      text(words, bought);
      if (said !== bought) announce(`${bought}. Your tickets are on this page.`);
      said = bought;
      all = full(state);
      const open = finished(state);
      show(actions, open);
      show(more, !all);
      this.tick?.();
    },
    tick() {
      const left = office.finish.left();
      const standing = office.store.state.status?.state;
      show(next, left > 0 || standing === "none");
      if (standing === "none") text(next, "The next person has been let in. Your tickets stay here.");
      else if (all) text(next, `You have as many seats as one person may have. In ${countdown(left)} the next person is let in; your tickets stay here.`);
      else text(next, `In ${countdown(left)} the next person is let in, unless you buy more. Your tickets stay here.`);
    },
    dispose() {
      announce("");
    },
  };
}
