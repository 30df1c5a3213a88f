// @ts-check
import { h, show, text } from "../dom.js";
import { countdown, money } from "../format.js";
import { areas as areaTexts, cart as texts, priceTypes } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { onPage } from "../purchases.js";
import { bounds } from "./best_seats.js";
import { endWarning } from "./end_warning.js";
import { placedNotice } from "./placed_notice.js";
import { typeName, typeSelect } from "./price_types.js";

/** The tokens of test cards, by how fans pay. @type {Record<string, (keyof typeof texts.cards)[]>} */
const testCards = {
  sandbox: ["tok_ok", "tok_declined", "tok_slow", "tok_3ds", "tok_unknown"],
  "stripe-test": [onPage, "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired"],
};

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("../types/app.js").Config} config
 * @returns {import("../types/app.js").View}
 */
export function cartView(office, config) {
  const empty = h("p", { class: "fine" }, texts.empty);
  const lines = h("ul", { class: "cart-lines", "aria-label": texts.lines });
  const total = h("output", { class: "total", "aria-live": "off" });
  const timer = h("span", { role: "timer", class: "timer" });
  const timerLine = h("p", { class: "fine" }, texts.heldFor, timer);
  const more = h("button", { type: "button", class: "button small", onclick: () => office.cart.extend() }, texts.minuteMore);
  const warning = endWarning(texts.warning, [more]);
  const notice = placedNotice(office, "cart");
  const pays = config.payments !== "";
  const cards = testCards[config.payments] ?? [];
  const card = h("select", { id: "test-card" }, ...cards.map((value) => h("option", { value }, texts.cards[value])));
  const pay = h("button", { type: "button", class: "button primary large", "data-live": "", onclick: () => office.purchases.begin(card.value || onPage) });
  const releaseAll = h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => office.cart.release() }, texts.releaseAll);
  const pending = h("p", { class: "note", role: "status" });
  const goOn = h("a", { class: "button primary large", "data-live": "" }, texts.goToPage);
  const giveUp = h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => atPage && office.purchases.giveUp(atPage.transaction) }, texts.giveUp);
  const pageTimer = h("span", { role: "timer", class: "timer" });
  const payPage = h(
    "div",
    { class: "pay-page", hidden: true },
    h("p", { class: "note", role: "status" }, texts.payPage),
    h("p", { class: "fine" }, texts.pageEnds, pageTimer),
    h("div", { class: "actions stacked" }, goOn, giveUp),
  );
  const noPayment = h("p", { class: "note" }, pays ? texts.payOnPage : texts.noPayment);
  const testCard = h("div", { class: "field" }, h("label", { htmlFor: "test-card" }, texts.card), card);
  const filled = h(
    "div",
    { class: "cart-filled" },
    lines,
    h("p", { class: "cart-total" }, h("span", null, texts.total), total),
    h("p", { class: "fine" }, priceTypes.allIn),
    timerLine,
    warning.element,
    testCard,
    noPayment,
    pending,
    payPage,
    h("div", { class: "actions stacked" }, pay, releaseAll),
  );
  const element = h("section", { class: "card cart", "aria-label": texts.title }, h("h2", null, texts.title), empty, notice.element, filled);
  /** @type {string|null} */
  let expiresAt = null;
  /** @type {import("../types/app.js").PayPage|null} */
  let atPage = null;
  let drawn = "";

  /**
   * The choice of the price of the seats on a line, or the type's name where there is no
   * choice.
   *
   * @param {import("../cart_lines.js").CartLine} line
   * @param {string} currency
   * @param {boolean} busy
   */
  function typeOf({ area, seats, type }, currency, busy) {
    const { plan } = office.seats;
    const numbers = seats.map((seat) => seat.seatNumber);
    const index = plan.byNumber.get(numbers[0]);
    const select = index === undefined ? null : typeSelect(plan.seat(index), type, currency, (next) => office.cart.hold(numbers, "cart", next));
    if (!select) return type ? [h("span", { class: "fine" }, typeName(type))] : [];
    if (area !== null) select.setAttribute("aria-label", areaTexts.priceIn(area));
    select.disabled = busy;
    return [select];
  }

  /**
   * @param {string} sign
   * @param {string} label
   * @param {string} title
   * @param {boolean} busy
   * @param {() => void} onclick
   */
  const small = (sign, label, title, busy, onclick) => h("button", { type: "button", class: "icon", "aria-label": label, title, disabled: busy, onclick }, sign);

  /**
   * @param {import("../cart_lines.js").CartLine} line
   * @param {string} currency
   * @param {boolean} busy
   * @param {boolean} more whether the fan may hold more
   */
  function lineItem(line, currency, busy, more) {
    const { area, type, seats, category } = line;
    const numbers = seats.map((seat) => seat.seatNumber);
    const price = h("span", { class: "price" }, money(line.price, currency));
    const tag = h("span", { class: `tag ${category === "VIP" ? "vip" : ""}` }, h("bdi", null, category));
    if (area === null) {
      const name = h("span", { class: "cart-seat" }, h("strong", null, h("bdi", null, numbers[0])), tag, ...typeOf(line, currency, busy));
      return h("li", null, name, price, small("×", texts.release(seats[0], currency), texts.releaseOne, busy, () => office.cart.release(numbers)));
    }
    // The labels stay as the number of places changes, so that the focus finds its button again.
    const words = type === null ? area : `${area} (${typeName(type)})`;
    const stepper = h(
      "span",
      { class: "stepper", role: "group", "aria-label": areaTexts.line(words, seats.length) },
      small("−", areaTexts.fewerIn(words), areaTexts.fewer, busy, () => office.cart.release(numbers.slice(-1))),
      small("+", areaTexts.moreIn(words), areaTexts.more, busy || !more, () => office.cart.holdArea(area, 1, "cart", type)),
    );
    const name = h("span", { class: "cart-seat" }, h("strong", null, areaTexts.line(area, seats.length)), tag, stepper, ...typeOf(line, currency, busy));
    return h("li", null, name, price, small("×", areaTexts.releaseIn(words), texts.releaseOne, busy, () => office.cart.release(numbers)));
  }

  return {
    element,
    update(state) {
      const cart = state.cart;
      const seats = cart?.seats ?? [];
      const busy = state.paying !== "none";
      expiresAt = cart?.expiresAt ?? null;
      show(empty, seats.length === 0 && !busy);
      show(filled, seats.length > 0 || busy);
      show(testCard, cards.length > 0 && !busy);
      show(noPayment, !pays || (cards.length === 0 && !busy && cart?.total !== 0));
      if (cart) {
        text(total, money(cart.total, cart.currency));
        text(pay, texts.pay(cart.total, cart.currency));
      }
      const open = bounds(state).more > 0;
      const next = JSON.stringify([seats, busy, open, office.seats.address, office.seats.plan.areas.map(({ area }) => area)]);
      if (next !== drawn) {
        drawn = next;
        const hadFocus = lines.contains(document.activeElement);
        const chosen = hadFocus ? document.activeElement?.getAttribute("aria-label") : null;
        lines.replaceChildren(...office.cart.lines().map((line) => lineItem(line, cart?.currency ?? "EUR", busy, open)));
        /** @type {NodeListOf<HTMLSelectElement|HTMLButtonElement>} */
        const controls = lines.querySelectorAll("[aria-label]:not([role])");
        const again = [...controls].find((control) => control.getAttribute("aria-label") === chosen && !control.disabled);
        if (hadFocus) /** @type {HTMLElement|null} */ (again || (lines.querySelector("button:not([disabled])") ?? element.querySelector("h2")))?.focus();
      }
      show(more, cart?.canExtend ?? false);
      warning.set(busy ? null : expiresAt);
      notice.update(state);
      pay.disabled = busy || seats.length === 0 || !pays;
      releaseAll.disabled = busy || seats.length === 0;
      show(timerLine, !busy && expiresAt !== null);
      atPage = state.payPage;
      show(payPage, atPage !== null);
      if (atPage && goOn.getAttribute("href") !== atPage.url) goOn.href = atPage.url;
      show(pay, atPage === null);
      show(releaseAll, atPage === null);
      show(pending, busy && atPage === null);
      if (busy) {
        text(
          pending,
          state.connection !== "live" ? texts.disconnected : state.paying === "pending" ? texts.pending(seats.length) : texts.paying,
        );
      }
    },
    tick() {
      text(timer, countdown(clock.left(expiresAt)));
      if (atPage) text(pageTimer, countdown(clock.left(atPage.expiresAt)));
      warning.tick();
    },
  };
}
