// @ts-check
import { focus, h, text } from "../dom.js";
import { countdown } from "../format.js";
import { cart as cartTexts, seats as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { bestSeatsView } from "./best_seats.js";
import { cartView } from "./cart.js";
import { cartBarView } from "./cart_bar.js";
import { endWarning } from "./end_warning.js";
import { seatListView } from "./seat_list.js";
import { seatMapView } from "./seat_map.js";

/**
 * The seats for a fan who is in the sale: best seats and cart, then map and list.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @param {import("../types/app.js").Config} config
 * @returns {import("../types/app.js").View}
 */
export function seatSelectionView(office, leaving, config) {
  const best = bestSeatsView(office);
  const cart = cartView(office, config);
  const map = seatMapView(office);
  const list = seatListView(office);
  const timer = h("strong", { role: "timer", class: "timer" });
  const warning = endWarning(cartTexts.sessionWarning);
  /** @type {string|null} */
  let endsAt = null;
  /**
   * @param {string} words
   * @param {() => void} onclick
   */
  const skip = (words, onclick) => h("button", { type: "button", class: "skip", onclick }, words);
  const element = h(
    "div",
    { class: "hall" },
    h(
      "nav",
      { class: "skips", "aria-label": texts.skip.label },
      skip(texts.skip.cart, () => {
        bar.open();
        focus(/** @type {HTMLElement} */ (cart.element.querySelector("h2")));
      }),
      skip(texts.skip.map, () => map.focus()),
      skip(texts.skip.list, () => list.focus()),
    ),
    h(
      "div",
      { class: "bar" },
      h("h2", null, texts.title),
      h("p", null, texts.sessionLeft, timer),
      h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => leaving.leave() }, texts.leave),
    ),
    warning.element,
    h("div", { class: "hall-side" }, best.element, cart.element),
    h("div", { class: "hall-main" }, map.element, list.element),
  );
  const bar = cartBarView(office, element, cart.element);
  element.append(bar.element);
  const parts = [best, cart, map, list, bar];
  // How many seats the fan may still have depends on what was bought before.
  if (office.store.state.tickets === null) office.tickets.read();
  return {
    element,
    update(state) {
      endsAt = state.status?.sessionEndsAt ?? null;
      warning.set(endsAt);
      for (const part of parts) part.update(state);
    },
    tick() {
      text(timer, countdown(clock.left(endsAt)));
      warning.tick();
      for (const part of parts) part.tick?.();
    },
    dispose() {
      for (const part of parts) part.dispose?.();
      if (office.store.state.notice?.place) office.notices.dismiss();
    },
  };
}
