// @ts-check
import { h, show, text } from "../dom.js";
import { money } from "../format.js";
import { sale as texts } from "../texts/chosen.js";
import { typeName } from "./price_types.js";

/** @typedef {import("../types/app.js").State} State */

/**
 * What everyone in the season should know: that the show is cancelled, the organizer's
 * notice, why admission is paused, what is left and what it costs.
 *
 * @returns {import("../types/app.js").View}
 */
export function saleStateView() {
  const cancelled = h("p", { class: "sale-cancelled", hidden: true }, texts.cancelled);
  const notice = h("p", { class: "sale-notice", dir: "auto" });
  const paused = h("p", { class: "sale-paused", dir: "auto" });
  const stock = h("p", { class: "sale-stock" });
  const categories = h("ul", { class: "sale-categories", "aria-label": texts.categories });
  const element = h("section", { class: "sale-state", "aria-label": texts.title, hidden: true }, cancelled, notice, paused, stock, categories);
  /** @type {import("../../../clients/js/wire.js").Sale|null} */
  let drawn = null;

  return {
    element,
    update(state) {
      const sale = saleOf(state);
      const { ends, says, pauses, counts } = shown(state, sale);
      show(element, ends || says || pauses || counts);
      if (!sale) return;
      show(cancelled, ends);
      show(notice, says);
      show(paused, pauses);
      show(stock, counts);
      show(categories, counts && sale.categories.length > 0 && sale.stock !== "gone");
      if (sale === drawn) return;
      drawn = sale;
      element.dataset.stock = sale.stock;
      text(notice, sale.notice ?? "");
      text(paused, pauseWords(sale));
      text(stock, stockWords(sale));
      categories.replaceChildren(
        ...sale.categories.map((c) => h("li", null, h("bdi", null, c.category), " ", h("span", null, texts.left(c.available)), " ", h("span", { class: "price" }, prices(c, sale.currency)), ...c.types.map((t) => h("span", { class: "fine" }, ` · ${typeName(t.type)} ${prices(t, sale.currency)}`)))),
      );
    },
  };
}

/**
 * The state of the sale as last told, else as the season had it when it was read: a
 * visitor who is signed out has no socket.
 *
 * @param {State} state
 * @returns {import("../../../clients/js/wire.js").Sale|null}
 */
export function saleOf(state) {
  return state.sale ?? state.season?.sale ?? null;
}

/** Whether fans are called in. @param {import("../../../clients/js/wire.js").Sale|null} sale */
export function runs(sale) {
  return !sale || (!sale.cancelled && !sale.paused && sale.stock !== "held" && sale.stock !== "gone");
}

/**
 * @param {State} state
 * @param {number} now ms of the server's clock
 */
export function isClosed(state, now) {
  const closes = saleOf(state)?.closesAt ?? state.season?.closesAt;
  return Boolean(closes && Date.parse(closes) <= now);
}

/**
 * Whether the line takes a new fan: it does not once the sale is closed, nor when every
 * seat is sold and there is no line for returned ones.
 *
 * @param {State} state
 * @param {number} now ms of the server's clock
 */
export function canJoin(state, now) {
  return !saleOf(state)?.cancelled && !isClosed(state, now) && !(saleOf(state)?.stock === "gone" && state.season?.returns === false);
}

/**
 * Which parts are shown. The pages for work have their own figures, the tickets need
 * none, and the view of the line says itself why admission is paused.
 *
 * @param {State} state
 * @param {import("../../../clients/js/wire.js").Sale|null} sale
 */
function shown(state, sale) {
  const here = sale !== null && state.path === "/" && state.phase !== "starting";
  const tickets = state.phase === "signedIn" && state.route === "tickets";
  const inLine = state.phase === "signedIn" && !tickets && (state.status?.state === "waiting" || state.status?.state === "gathering");
  const cancelled = here && sale.cancelled === true;
  return {
    // Signed in, the page of the seats says nothing else.
    ends: cancelled && (state.phase === "signedOut" || tickets),
    says: here && sale.notice !== null,
    pauses: here && sale.paused && !inLine && !cancelled,
    counts: here && !tickets && sale.stock !== "none" && !cancelled,
  };
}

/** @param {import("../../../clients/js/wire.js").Sale|null} sale */
export function pauseWords(sale) {
  return sale?.pauseReason ? texts.pausedWhy(sale.pauseReason) : texts.paused;
}

/**
 * @param {{from: number, to: number}} category
 * @param {string} currency
 */
function prices({ from, to }, currency) {
  return from === to ? money(from, currency) : texts.range(money(from, currency), money(to, currency));
}

/** @param {import("../../../clients/js/wire.js").Sale} sale */
export function stockWords(sale) {
  if (sale.cancelled) return texts.cancelled;
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
 * What screen readers are told of a new state: a cancelled show, a notice, a pause and
 * the end of the seats, once.
 *
 * @param {import("../../../clients/js/wire.js").Sale|null} before
 * @param {import("../../../clients/js/wire.js").Sale} sale
 */
export function announcement(before, sale) {
  const words = [];
  if (sale.cancelled && !before?.cancelled) words.push(texts.cancelled);
  if (sale.notice && sale.notice !== before?.notice) words.push(sale.notice);
  if (sale.paused && !(before?.paused && before.pauseReason === sale.pauseReason)) words.push(pauseWords(sale));
  if (sale.stock === "gone" && before?.stock !== "gone") words.push(texts.gone);
  return words.map((said) => (/[.!?…]$/.test(said) ? said : `${said}.`)).join(" ");
}
