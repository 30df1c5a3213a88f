// @ts-check
import { h, show } from "../dom.js";
import { money } from "../format.js";
import { priceTypes, sale as saleTexts, seats as texts } from "../texts/chosen.js";
import { categoryColours, drawCategory, looksOf } from "./category_looks.js";

/** How many prices the filter offers at most. */
const steps = 12;

/** The side of a sign, in pixels. */
const side = 18;

/**
 * The sign of a category's free seats, as the map draws it.
 *
 * @param {number} look
 * @param {Record<string, string>} colours
 */
function sign(look, colours) {
  const ratio = devicePixelRatio || 1;
  const canvas = h("canvas", { class: "sign", "aria-hidden": "true", width: side * ratio, height: side * ratio });
  const context = canvas.getContext("2d");
  if (context) drawCategory(context, look, (side * ratio) / 2, (side * ratio) / 2, side * ratio * 0.38, colours);
  return canvas;
}

/**
 * What the signs on the map mean, with the prices of the categories, and the choice of
 * the highest price that is shown.
 *
 * @param {import("../box_office.js").BoxOffice} office
 */
export function seatLegend(office) {
  const { plan } = office.seats;
  const prices = h("select", { id: "highest-price", onchange: () => office.store.set({ highest: prices.value === "" ? null : Number(prices.value) }) });
  const filter = h("div", { class: "field map-filter", hidden: true }, h("label", { htmlFor: "highest-price" }, texts.price), prices);
  const list = h("ul", { class: "legend" });
  const element = h("div", null, list, h("p", { class: "fine" }, priceTypes.allIn));
  /** The plan's prices that were last offered. @type {number[]} */
  let offered = [];

  function fillPrices() {
    const { highest, season } = office.store.state;
    if (plan.prices !== offered) {
      offered = plan.prices;
      show(filter, offered.length > 1);
      const step = Math.max(1, Math.ceil(offered.length / steps));
      const choices = offered.slice(0, -1).filter((_, i, all) => (all.length - 1 - i) % step === 0);
      prices.replaceChildren(h("option", { value: "" }, texts.anyPrice), ...choices.map((price) => h("option", { value: String(price) }, texts.upTo(money(price, season?.currency ?? "EUR")))));
    }
    prices.value = highest === null ? "" : String(highest);
    // A new plan may not have the chosen price.
    if (prices.selectedIndex < 0) office.store.set({ highest: null });
  }

  /** @returns {[number, number][]} the lowest and the highest price of each category */
  function ranges() {
    const range = plan.categories.map(() => /** @type {[number, number]} */ ([Infinity, -Infinity]));
    for (let i = 0; i < plan.size; i++) {
      if (plan.isUnit[i]) continue;
      const of = range[plan.categoryOf[i]];
      const price = plan.prices[plan.priceOf[i]];
      of[0] = Math.min(of[0], price);
      of[1] = Math.max(of[1], price);
    }
    return range;
  }

  return {
    element,
    filter,
    /** Draws both for the plan and the state as they are. */
    fill() {
      fillPrices();
      const { highest, season } = office.store.state;
      const currency = season?.currency ?? "EUR";
      const looks = looksOf(plan.categories);
      const colours = categoryColours();
      const priced = ranges().flatMap(([from, to], c) => {
        if (from > to) return []; // areas have no sign
        const words = from === to ? money(from, currency) : saleTexts.range(money(from, currency), money(to, currency));
        return h("li", null, sign(looks[c], colours), h("bdi", null, plan.categories[c]), h("span", { class: "price" }, words));
      });
      const { mine, inTransaction, booked, dimmed } = texts.legend;
      const others = Object.entries({ mine, inTransaction, booked, ...(highest === null ? {} : { dimmed }) });
      list.replaceChildren(...priced, ...others.map(([look, words]) => h("li", null, h("i", { class: `swatch ${look}` }), words)));
    },
  };
}
