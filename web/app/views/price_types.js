// @ts-check
import { h } from "../dom.js";
import { money } from "../format.js";
import { priceTypes as texts } from "../texts/chosen.js";

/**
 * @param {string|null} type of a price
 * @returns {string} its name in the fan's language, where it is a usual one
 */
export function typeName(type) {
  return type === null ? texts.normal : (texts.names[type.toLowerCase()] ?? type);
}

/**
 * The choice between the prices of a seat; null when it has the normal price alone.
 *
 * @param {{seatNumber: string, price: number, prices: Record<string, number>}} seat
 * @param {string|null} chosen
 * @param {string} currency
 * @param {(type: string|null) => void} choose
 */
export function typeSelect(seat, chosen, currency, choose) {
  const types = Object.keys(seat.prices).sort();
  if (!types.length) return null;
  /** @param {string|null} type @param {number} price */
  const option = (type, price) => h("option", { value: type ?? "", selected: type === chosen }, `${typeName(type)}, ${money(price, currency)}`);
  const select = h(
    "select",
    { class: "price-type", "aria-label": texts.label(seat.seatNumber), onchange: () => choose(select.value === "" ? null : select.value) },
    option(null, seat.price),
    ...types.map((type) => option(type, seat.prices[type])),
  );
  return select;
}
