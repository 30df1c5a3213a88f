// @ts-check
import { h, show } from "../dom.js";
import { page, seats as texts } from "../texts/chosen.js";

/**
 * A notice where the press was that it answers, with what may be done instead.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("../types/app.js").Place} place
 * @returns {import("../types/app.js").View}
 */
export function placedNotice(office, place) {
  const words = h("p");
  const offers = h("div", { class: "actions" });
  const inner = h(
    "div",
    { class: "placed", hidden: true },
    h("div", { class: "placed-words" }, words, offers),
    h("button", { type: "button", class: "icon", "aria-label": page.dismiss, onclick: () => office.notices.dismiss() }, "×"),
  );
  // The live region stands in the page before it has anything to say.
  const element = h("div", { role: "alert" }, inner);
  /** @type {import("../types/app.js").Notice|null} */
  let shown = null;
  return {
    element,
    update({ notice }) {
      const next = notice?.place === place ? notice : null;
      if (next === shown) return;
      shown = next;
      words.textContent = "";
      show(inner, next !== null);
      if (!next) return;
      inner.dataset.kind = next.kind;
      words.textContent = next.text;
      offers.replaceChildren(
        ...(next.offers ?? []).map((offer) => h("button", { type: "button", class: "button small", onclick: () => office.cart.hold(offer.seats, place) }, texts.holdInstead(offer.words))),
      );
      show(offers, offers.childElementCount > 0);
    },
  };
}
