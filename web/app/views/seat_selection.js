// @ts-check
import { h, show, text } from "../dom.js";
import { countdown } from "../format.js";
import { seats as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { bestSeatsView } from "./best_seats.js";
import { cartView } from "./cart.js";
import { seatListView } from "./seat_list.js";
import { seatMapView } from "./seat_map.js";

/**
 * The seats for a fan who is in the sale: map, list, best seats, cart.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @param {import("../types/app.js").Config} config
 * @returns {import("../types/app.js").View}
 */
export function seatSelectionView(office, leaving, config) {
  const parts = [bestSeatsView(office), seatMapView(office), cartView(office, config), seatListView(office)];
  const [best, map, cart, list] = parts.map((part) => part.element);
  const timer = h("strong", { role: "timer", class: "timer" });
  const loading = h("p", { class: "note", role: "status" }, texts.loading);
  /** @type {string|null} */
  let endsAt = null;
  const element = h(
    "div",
    { class: "hall" },
    h(
      "div",
      { class: "bar" },
      h("h2", null, texts.title),
      h("p", null, texts.sessionLeft, timer),
      h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => leaving.leave() }, texts.leave),
    ),
    loading,
    h("div", { class: "hall-main" }, map, list),
    h("div", { class: "hall-side" }, best, cart),
  );
  return {
    element,
    update(state) {
      endsAt = state.status?.sessionEndsAt ?? null;
      show(loading, !state.seatsReady);
      for (const part of parts) part.update(state);
    },
    tick() {
      text(timer, countdown(clock.left(endsAt)));
      for (const part of parts) part.tick?.();
    },
    dispose() {
      for (const part of parts) part.dispose?.();
    },
  };
}
