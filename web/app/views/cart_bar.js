// @ts-check
import { h, show, text } from "../dom.js";
import { countdown, money } from "../format.js";
import * as clock from "../clock.js";
import { cart as texts } from "../texts/chosen.js";
import { endWarning } from "./end_warning.js";
import { placedNotice } from "./placed_notice.js";

/**
 * On a phone: what is held, what it costs and how long, at the bottom of the page. A
 * press opens the cart as a sheet. The style sheet shows it where the cart has no place
 * beside the map.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {HTMLElement} hall gets the class "sheet" while the sheet is open
 * @param {HTMLElement} cart
 * @returns {import("../types/app.js").View & {open: () => void}}
 */
export function cartBarView(office, hall, cart) {
  const seats = h("strong");
  const total = h("span", { class: "price" });
  const timer = h("span", { class: "timer" });
  const button = h(
    "button",
    { type: "button", class: "cart-bar-button", "aria-expanded": "false", onclick: () => toggle(true) },
    h("span", { class: "cart-bar-words" }, seats, " · ", total, " · ", timer),
    h("span", { class: "cart-bar-pay" }, texts.barPay),
  );
  const more = h("button", { type: "button", class: "button small", onclick: () => office.cart.extend() }, texts.minuteMore);
  const warning = endWarning(texts.warning, [more], false);
  const notice = placedNotice(office, "cart");
  const element = h("div", { class: "cart-bar" }, notice.element, warning.element, button);
  const close = h("button", { type: "button", class: "button sheet-close", onclick: () => toggle(false) }, texts.closeSheet);
  cart.prepend(close);
  const veil = h("div", { class: "sheet-veil", onclick: () => toggle(false) });
  hall.append(veil);
  /** @type {string|null} */
  let expiresAt = null;

  /** @param {boolean} open */
  function toggle(open) {
    if (hall.classList.contains("sheet") === open) return;
    hall.classList.toggle("sheet", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) close.focus();
    else if (!button.hidden) button.focus({ preventScroll: true });
  }
  cart.addEventListener("keydown", (event) => event.key === "Escape" && toggle(false));
  cart.addEventListener("focusout", (event) => {
    // The focus has gone on to the page behind: a button that vanished leaves it nowhere.
    const to = event.relatedTarget;
    if (to instanceof Node && !cart.contains(to) && hall.classList.contains("sheet")) {
      hall.classList.remove("sheet");
      button.setAttribute("aria-expanded", "false");
    }
  });

  return {
    element,
    open: () => toggle(true),
    update(state) {
      const held = state.cart?.seats ?? [];
      const busy = state.paying !== "none";
      expiresAt = busy ? null : (state.cart?.expiresAt ?? null);
      show(button, held.length > 0 || busy);
      hall.classList.toggle("has-bar", held.length > 0 || busy);
      const price = money(state.cart?.total ?? 0, state.cart?.currency ?? "EUR");
      text(seats, texts.bar(held.length));
      text(total, price);
      button.setAttribute("aria-label", texts.barLabel(held.length, price));
      show(more, state.cart?.canExtend ?? false);
      if (!held.length && !busy) toggle(false);
      warning.set(expiresAt);
      notice.update(state);
      this.tick?.();
    },
    tick() {
      text(timer, expiresAt ? countdown(clock.left(expiresAt)) : "…");
      warning.tick();
    },
  };
}
