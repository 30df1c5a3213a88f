// @ts-check
import { h, show, text } from "../dom.js";
import { money } from "../format.js";
import { reason } from "../seat_plan.js";
import { seats as texts } from "../texts/chosen.js";
import { placedNotice } from "./placed_notice.js";

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
  const why = h("p", { class: "seat-card-why" });
  const act = h("button", { type: "button", class: "button primary", onclick: () => card.act() });
  const notice = placedNotice(office, "map");
  const element = h(
    "div",
    { class: "seat-card", role: "group", "aria-label": texts.card, hidden: true },
    h("div", { class: "seat-card-head" }, number, category, h("button", { type: "button", class: "icon", "aria-label": texts.closeCard, onclick: () => card.close() }, "×")),
    where,
    price,
    why,
    notice.element,
    h("div", { class: "actions" }, act),
  );
  let state = office.store.state;

  const card = {
    element,
    /** The seat shown; -1: none. */
    index: -1,

    /** @param {number} index */
    open(index) {
      if (index !== card.index && state.notice?.place === "map") office.notices.dismiss();
      card.index = index;
      card.draw();
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
      else if (await office.cart.hold([seatNumber], "map")) {
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
      return texts.spoken(seat.seatNumber, seat.section, seat.row, seat.category, money(seat.price, state.season?.currency ?? "EUR"), status);
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
      category.className = `tag ${seat.category.toLowerCase()}`;
      text(where, texts.whereIs(seat.section, seat.row));
      show(where, where.textContent !== "");
      text(price, money(seat.price, state.season?.currency ?? "EUR"));
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
