// @ts-check
import { h } from "../dom.js";
import { seats as texts } from "../texts/chosen.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function bestSeatsView(office) {
  const many = h("input", { type: "number", id: "best-count", min: "1", max: "6", value: "2", required: true, inputMode: "numeric" });
  const category = h("select", { id: "best-category" }, h("option", { value: "" }, texts.categories.any), h("option", { value: "VIP" }, texts.categories.vip), h("option", { value: "Regular" }, texts.categories.regular));
  const adjacent = h("input", { type: "checkbox", id: "best-adjacent", checked: true });
  const find = h("button", { type: "submit", class: "button", "data-live": "" }, texts.find);
  const form = h(
    "form",
    {
      class: "best",
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        find.disabled = true;
        await office.cart.holdBest({
          count: Number(many.value),
          ...(category.value ? { category: category.value } : {}),
          adjacent: adjacent.checked,
        });
        find.disabled = false;
        find.focus();
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: "best-count" }, texts.bestCount), many),
    h("div", { class: "field" }, h("label", { htmlFor: "best-category" }, texts.category), category),
    h("div", { class: "field check" }, adjacent, h("label", { htmlFor: "best-adjacent" }, texts.adjacent)),
    find,
  );
  const element = h("section", { class: "card", role: "group", "aria-label": texts.best }, h("h2", null, texts.best), form);
  return {
    element,
    update(state) {
      const max = String(state.season?.maxSeats ?? 6);
      if (many.max !== max) {
        many.max = max;
        if (Number(many.value) > Number(max)) many.value = max;
      }
    },
  };
}
