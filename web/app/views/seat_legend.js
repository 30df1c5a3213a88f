// @ts-check
import { h, show } from "../dom.js";
import { money } from "../format.js";
import { sale as saleTexts, seats as texts } from "../texts/chosen.js";

/** How many prices the filter offers at most. */
const steps = 12;

/**
 * The category's look on the map.
 *
 * @param {string} category
 * @returns {"vip"|"regular"}
 */
export function lookOfCategory(category) {
  return category === "VIP" ? "vip" : "regular";
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
  const element = h("ul", { class: "legend" });
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
      const priced = ranges().map(([from, to], c) => {
        const words = from === to ? money(from, currency) : saleTexts.range(money(from, currency), money(to, currency));
        return h("li", null, h("i", { class: `swatch ${lookOfCategory(plan.categories[c])}` }), h("bdi", null, plan.categories[c]), h("span", { class: "price" }, words));
      });
      const { mine, inTransaction, booked, dimmed } = texts.legend;
      const others = Object.entries({ mine, inTransaction, booked, ...(highest === null ? {} : { dimmed }) });
      element.replaceChildren(...priced, ...others.map(([look, words]) => h("li", null, h("i", { class: `swatch ${look}` }), words)));
    },
  };
}
