// @ts-check
import { h, show, text } from "../dom.js";
import { countdown, money, plural, seatName } from "../format.js";
import * as clock from "../clock.js";

/** @type {Record<string, string[][]>} */
const testCards = {
  sandbox: [
    ["tok_ok", "A card that pays"],
    ["tok_declined", "A card that is declined"],
    ["tok_slow", "A card that takes two seconds"],
    ["tok_unknown", "A card whose answer gets lost"],
  ],
  "stripe-test": [
    ["pm_card_visa", "A card that pays"],
    ["pm_card_chargeDeclined", "A card that is declined"],
    ["pm_card_authenticationRequired", "A card that wants a second step"],
  ],
};

/** What is sent for seats that cost nothing, where no card can be chosen: no provider is asked. */
const noCard = "pm_none";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("../types/app.js").Config} config
 * @returns {import("./view.js").View}
 */
export function cartView(office, config) {
  const empty = h("p", { class: "fine" }, "No seats yet. Pick them from the map or the list, or let us find the best.");
  const lines = h("ul", { class: "cart-lines", "aria-label": "Seats you hold" });
  const total = h("output", { class: "total", "aria-live": "off" });
  const timer = h("span", { role: "timer", class: "timer" });
  const timerLine = h("p", { class: "fine" }, "Held for you for ", timer);
  const cards = testCards[config.payments] ?? [];
  const card = h("select", { id: "test-card" }, ...cards.map(([value, words]) => h("option", { value }, words)));
  const pay = h("button", { type: "button", class: "button primary large", onclick: () => office.pay(card.value || noCard) });
  const releaseAll = h("button", { type: "button", class: "button quiet", onclick: () => office.release() }, "Release all");
  const pending = h("p", { class: "note", role: "status" });
  const noPayment = h(
    "p",
    { class: "note" },
    config.payments === "stripe"
      ? "This page takes no cards: pay on the organiser’s own page. Your seats are held for you until the time above runs out."
      : "Paying is not set up for this sale yet.",
  );
  const testCard = h("div", { class: "field" }, h("label", { htmlFor: "test-card" }, "Test card"), card);
  const filled = h(
    "div",
    { class: "cart-filled" },
    lines,
    h("p", { class: "cart-total" }, h("span", null, "Total"), total),
    timerLine,
    testCard,
    noPayment,
    pending,
    h("div", { class: "actions stacked" }, pay, releaseAll),
  );
  const element = h("section", { class: "card cart", "aria-label": "Your seats" }, h("h2", null, "Your seats"), empty, filled);
  /** @type {string|null} */
  let expiresAt = null;
  let drawn = "";

  return {
    element,
    update(state) {
      const cart = state.cart;
      const seats = cart?.seats ?? [];
      const busy = state.paying !== "none";
      expiresAt = cart?.expiresAt ?? null;
      show(empty, seats.length === 0 && !busy);
      show(filled, seats.length > 0 || busy);
      const payable = cards.length > 0 || (config.payments === "stripe" && cart?.total === 0);
      show(testCard, cards.length > 0 && !busy);
      show(noPayment, !payable);
      if (cart) {
        text(total, money(cart.total, cart.currency));
        text(pay, `Pay ${money(cart.total, cart.currency)}`);
      }
      const next = JSON.stringify([seats, busy]);
      if (next !== drawn) {
        drawn = next;
        const hadFocus = lines.contains(document.activeElement);
        lines.replaceChildren(
          ...seats.map((seat) =>
            h(
              "li",
              null,
              h("span", { class: "cart-seat" }, h("strong", null, seat.seatNumber), h("span", { class: `tag ${seat.category.toLowerCase()}` }, seat.category)),
              h("span", { class: "price" }, money(seat.price, cart?.currency ?? "EUR")),
              h(
                "button",
                {
                  type: "button",
                  class: "icon",
                  "aria-label": `Release ${seatName(seat, cart?.currency ?? "EUR")}`,
                  title: "Release this seat",
                  disabled: busy,
                  onclick: () => office.release([seat.seatNumber]),
                },
                "×",
              ),
            ),
          ),
        );
        if (hadFocus) /** @type {HTMLElement|null} */ (lines.querySelector("button") ?? element.querySelector("h2"))?.focus();
      }
      pay.disabled = busy || seats.length === 0 || !payable;
      releaseAll.disabled = busy || seats.length === 0;
      show(timerLine, !busy && expiresAt !== null);
      show(pending, busy);
      if (busy) {
        text(
          pending,
          state.connection !== "live"
            ? "The connection broke while you were paying. We ask for the outcome as soon as it is back; you will not pay twice."
            : state.paying === "pending"
              ? `Your payment is on its way and not confirmed yet. ${plural(seats.length, "seat stays", "seats stay")} yours until we know. You need not do anything.`
              : "Paying…",
        );
      }
    },
    tick() {
      text(timer, countdown(clock.left(expiresAt)));
    },
  };
}
