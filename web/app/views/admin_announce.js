// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { admin as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/**
 * What everyone in the sale is told: whether admission is paused and why, and a notice.
 * One line says how it is, and one button changes it.
 *
 * @param {string} base the path of the season
 */
export function announceView(base) {
  const state = h("p", { class: "state-line", role: "status" }, texts.stateUnknown);
  const reason = h("input", { type: "text", id: "pause-reason", maxLength: 280, autocomplete: "off", oninput: () => draw() });
  const toggle = h("button", { type: "button", class: "button", onclick: () => (sale?.paused ? resume() : pause(texts.paused)) }, texts.pause);
  const other = h("button", { type: "submit", class: "button quiet", hidden: true }, texts.changeReason);
  const notice = h("input", { type: "text", id: "sale-notice", maxLength: 280, autocomplete: "off", "aria-describedby": "sale-notice-hint", oninput: () => (noticeDirty = true) });
  const pauseSaid = h("p", { class: "fine", role: "status" });
  const noticeSaid = h("p", { class: "fine", role: "status" });
  let noticeDirty = false;
  let busy = false;
  /** @type {import("../../../clients/js/wire.js").Sale|null} */
  let sale = null;
  let shown = ""; // the reason that the server last told

  /**
   * @param {HTMLElement} said where the outcome is told
   * @param {string} done
   * @param {() => Promise<unknown>} act
   */
  async function change(said, done, act) {
    if (busy) return; // a disabled button would lose the focus
    busy = true;
    try {
      await act();
      text(said, done);
    } catch (problem) {
      text(said, explain(/** @type {http.Problem} */ (problem)));
    } finally {
      busy = false;
    }
  }

  /** @param {string} done */
  const pause = (done) => change(pauseSaid, done, () => http.call("POST", `${base}/pause`, reason.value.trim() ? { json: { reason: reason.value } } : undefined));
  const resume = () => change(pauseSaid, texts.resumed, () => http.call("POST", `${base}/resume`));

  function draw() {
    if (!sale) return;
    text(state, sale.paused ? texts.statePaused(sale.pauseReason) : texts.stateOpen);
    state.dataset.paused = String(sale.paused);
    text(toggle, sale.paused ? texts.resume : texts.pause);
    show(other, sale.paused && reason.value.trim() !== (sale.pauseReason ?? ""));
  }

  const elements = [
    h(
      "form",
      {
        class: "card",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (sale?.paused && reason.value.trim() === (sale.pauseReason ?? "")) return;
          pause(sale?.paused ? texts.reasonChanged : texts.paused);
        },
      },
      h("h3", null, texts.pauseTitle),
      state,
      h("div", { class: "field" }, h("label", { htmlFor: "pause-reason" }, texts.pauseReason), reason),
      h("div", { class: "actions" }, toggle, other),
      pauseSaid,
    ),
    h(
      "form",
      {
        class: "card",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          noticeDirty = false;
          change(noticeSaid, texts.noticeSaved, () => http.call("PUT", `${base}/notice`, { json: { text: notice.value } }));
        },
      },
      h("h3", null, texts.noticeTitle),
      h("div", { class: "field" }, h("label", { htmlFor: "sale-notice" }, texts.notice), notice),
      h("p", { class: "fine", id: "sale-notice-hint" }, texts.noticeHint),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, texts.saveNotice)),
      noticeSaid,
    ),
  ];
  return {
    elements,
    /** @param {import("../../../clients/js/wire.js").Sale|null} told */
    update(told) {
      sale = told;
      if (!sale) return;
      // A field in which the organiser writes keeps its words.
      if (shown !== (sale.pauseReason ?? "")) {
        shown = sale.pauseReason ?? "";
        if (document.activeElement !== reason) reason.value = shown;
      }
      if (!noticeDirty && document.activeElement !== notice) notice.value = sale.notice ?? "";
      draw();
    },
  };
}
