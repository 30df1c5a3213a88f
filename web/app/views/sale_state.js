// @ts-check
import { h, show, text } from "../dom.js";
import { money } from "../format.js";
import { sale as texts } from "../texts/en.js";

/**
 * What everyone in the season should know: the organizer's notice, why admission is
 * paused, what is left and what it costs.
 *
 * @returns {import("../types/app.js").View}
 */
export function saleStateView() {
  const notice = h("p", { class: "sale-notice", dir: "auto" });
  const paused = h("p", { dir: "auto" });
  const stock = h("p", { class: "sale-stock" });
  const categories = h("ul", { "aria-label": texts.categories });
  const element = h("section", { class: "sale-state", "aria-label": texts.title, hidden: true }, notice, paused, stock, categories);
  /** @type {import("../../../clients/js/wire.js").Sale|null} */
  let drawn = null;

  return {
    element,
    update(state) {
      const sale = state.sale;
      show(element, sale !== null && state.phase === "signedIn" && state.path === "/" && (sale.notice !== null || sale.paused || sale.stock !== "none"));
      if (!sale || sale === drawn) return;
      drawn = sale;
      show(notice, sale.notice !== null);
      text(notice, sale.notice ?? "");
      show(paused, sale.paused);
      text(paused, sale.pauseReason === null ? texts.paused : texts.pausedWhy(sale.pauseReason));
      show(stock, sale.stock !== "none");
      text(stock, stockWords(sale));
      show(categories, sale.categories.length > 0 && sale.stock !== "gone");
      categories.replaceChildren(
        ...sale.categories.map((c) => h("li", null, h("bdi", null, c.category), ` ${texts.left(c.available)} · ${prices(c, sale.currency)}`)),
      );
    },
  };
}

/**
 * @param {import("../../../clients/js/wire.js").SaleCategory} category
 * @param {string} currency
 */
function prices({ from, to }, currency) {
  return from === to ? money(from, currency) : texts.range(money(from, currency), money(to, currency));
}

/** @param {import("../../../clients/js/wire.js").Sale} sale */
export function stockWords(sale) {
  switch (sale.stock) {
    case "gone":
      return texts.gone;
    case "held":
      return texts.held(sale.held);
    default:
      return texts.available(sale.available, sale.total);
  }
}

/**
 * What screen readers are told of a new state: a notice and the end of the seats, once.
 *
 * @param {import("../../../clients/js/wire.js").Sale|null} before
 * @param {import("../../../clients/js/wire.js").Sale} sale
 */
export function announcement(before, sale) {
  const words = [];
  if (sale.notice && sale.notice !== before?.notice) words.push(sale.notice);
  if (sale.stock === "gone" && before?.stock !== "gone") words.push(texts.gone);
  return words.join(" ");
}
