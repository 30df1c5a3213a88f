// @ts-check
import { h, show, text } from "../dom.js";
import { money } from "../format.js";
import { reason } from "../seat_plan.js";
import { seats as texts } from "../texts/chosen.js";
import { placedNotice } from "./placed_notice.js";
import { typeName, typeSelect } from "./price_types.js";

/**
 * What a press on the map shows of one seat: its place and price before anything is
 * held, and the button that holds it.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {{closed: () => void}} report
 */
export function seatCard(office, report) {
  const { plan } = office.seats;
  const number = h("strong", { class: "seat-card-number" });
  const category = h("span", { class: "tag" });
  const where = h("p", { class: "fine" });
  const price = h("p", { class: "price seat-card-price" });
  const types = h("div", { class: "seat-card-types" });
  const why = h("p", { class: "seat-card-why" });
  const act = h("button", { type: "button", class: "button primary", onclick: () => card.act() });
  const notice = placedNotice(office, "map");
  const element = h(
    "div",
    { class: "seat-card", role: "group", "aria-label": texts.card, hidden: true },
    h("div", { class: "seat-card-head" }, number, category, h("button", { type: "button", class: "icon", "aria-label": texts.closeCard, onclick: () => card.close() }, "×")),
    where,
    price,
    types,
    why,
    notice.element,
    h("div", { class: "actions" }, act),
  );
  let state = office.store.state;

  const card = {
    element,
    /** The seat shown; -1: none. */
    index: -1,
    /** The type of price that is chosen for a seat not held yet. @type {string|null} */
    type: null,
    /** What the choice of types was last drawn for. */
    choices: "",

    /** @param {number} index */
    open(index) {
      if (index !== card.index && state.notice?.place === "map") office.notices.dismiss();
      if (index !== card.index) card.type = null;
      card.index = index;
      card.draw();
    },

    /** @returns {string|null} the type of the price that is shown */
    chosen() {
      const held = (state.cart?.seats ?? []).find((seat) => seat.seatNumber === plan.numbers[card.index]);
      if (held) return held.type;
      return card.type !== null && card.type in plan.seat(card.index).prices ? card.type : null;
    },

    /** @param {string|null} type */
    async choose(type) {
      card.type = type;
      if (card.mine()) await office.cart.hold([plan.numbers[card.index]], "map", type);
      card.draw();
    },

    /** Draws the choice of types, unless it is as it should be. */
    drawTypes() {
      const seat = plan.seat(card.index);
      const busy = state.paying !== "none" || state.asking.has(seat.seatNumber);
      const offered = card.mine() || plan.status(card.index) === "available";
      const choices = JSON.stringify([seat.seatNumber, seat.price, seat.prices, card.chosen(), offered]);
      const select = /** @type {HTMLSelectElement|null} */ (types.querySelector("select"));
      if (choices === card.choices) {
        if (select) select.disabled = busy;
        return;
      }
      card.choices = choices;
      const focused = types.contains(document.activeElement);
      const made = offered ? typeSelect(seat, card.chosen(), state.season?.currency ?? "EUR", (type) => card.choose(type)) : null;
      types.replaceChildren(...(made ? [made] : []));
      show(types, made !== null);
      if (focused) made?.focus({ preventScroll: true });
    },

    close() {
      if (card.index < 0) return;
      if (state.notice?.place === "map") office.notices.dismiss();
      card.index = -1;
      const focused = element.contains(document.activeElement);
      show(element, false);
      if (focused) report.closed();
    },

    /** Does what the button says. */
    async act() {
      if (card.index < 0 || state.paying !== "none") return;
      const index = card.index;
      const seatNumber = plan.numbers[index];
      if (state.asking.has(seatNumber)) return;
      if (card.mine()) await office.cart.release([seatNumber], "map");
      else if (plan.status(index) !== "available") office.cart.taken(index, "map");
      else if (await office.cart.hold([seatNumber], "map", card.chosen())) {
        if (card.index === index) card.close();
      }
    },

    mine() {
      return (state.cart?.seats ?? []).some((seat) => seat.seatNumber === plan.numbers[card.index]);
    },

    /** @returns {string} the seat in words */
    words() {
      const seat = plan.seat(card.index);
      const status = card.mine() ? texts.yours : reason(plan.status(card.index), false) || texts.isFree;
      const held = (state.cart?.seats ?? []).find((own) => own.seatNumber === seat.seatNumber);
      const cost = money(held?.price ?? seat.price, state.season?.currency ?? "EUR");
      return texts.spoken(seat.seatNumber, seat.section, seat.row, seat.category, held?.type ? `${cost} (${typeName(held.type)})` : cost, status);
    },

    draw() {
      if (card.index >= plan.size) card.index = -1;
      show(element, card.index >= 0);
      if (card.index < 0) return;
      const seat = plan.seat(card.index);
      const mine = card.mine();
      const status = plan.status(card.index);
      text(number, seat.seatNumber);
      text(category, seat.category);
      category.className = `tag ${seat.category === "VIP" ? "vip" : ""}`;
      text(where, texts.whereIs(seat.section, seat.row));
      show(where, where.textContent !== "");
      const type = card.chosen();
      text(price, money(type === null ? seat.price : seat.prices[type] ?? seat.price, state.season?.currency ?? "EUR"));
      card.drawTypes();
      text(why, mine ? texts.isYours : reason(status, false));
      show(why, mine || status !== "available");
      // Where others are offered instead, they are what can be pressed.
      show(act, mine || state.notice?.place !== "map");
      text(act, mine ? texts.release : status === "available" ? texts.hold : texts.showNearest);
      act.classList.toggle("primary", !mine);
      act.disabled = state.asking.has(seat.seatNumber) || state.paying !== "none";
      // Read out of its place, the label names the seat.
      act.setAttribute("aria-label", mine ? texts.releaseSeat(seat.seatNumber) : status === "available" ? texts.holdSeat(seat.seatNumber) : texts.showNearest);
    },

    /** @param {import("../types/app.js").State} next */
    update(next) {
      state = next;
      notice.update(next);
      card.draw();
    },
  };
  return card;
}
