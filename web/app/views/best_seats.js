// @ts-check
import { h, show, text } from "../dom.js";
import { priceTypes, seats as texts } from "../texts/chosen.js";
import { placedNotice } from "./placed_notice.js";
import { typeName } from "./price_types.js";

/**
 * @param {import("../types/app.js").State} state
 * @returns {{most: number, more: number, held: number}} how many seats the fan may have in the cart, how many more than
 * now, and how many there are
 */
export function bounds(state) {
  const bought = (state.tickets ?? []).filter((ticket) => ticket.season === state.config.season && ticket.status !== "void").length;
  const held = state.cart?.seats.length ?? 0;
  const most = Math.max(0, (state.season?.maxSeats ?? 6) - bought);
  return { most, more: Math.max(0, most - held), held };
}

/**
 * The search for the best seats. A fan who holds some is asked whether the found ones
 * replace them.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function bestSeatsView(office) {
  const many = h("input", { type: "number", id: "best-count", min: "1", max: "6", value: "2", required: true, inputMode: "numeric" });
  const category = h("select", { id: "best-category" });
  const type = h("select", { id: "best-type" });
  const typeField = h("div", { class: "field", hidden: true }, h("label", { htmlFor: "best-type" }, priceTypes.title), type);
  const { plan } = office.seats;
  /** What the choices were last made of. */
  let offered = "";
  const adjacent = h("input", { type: "checkbox", id: "best-adjacent", checked: true });
  const find = h("button", { type: "submit", class: "button", "data-live": "" }, texts.find);
  const form = h(
    "form",
    {
      class: "best",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        if (bounds(office.store.state).held) ask();
        else search(false, find);
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: "best-count" }, texts.bestCount), many),
    h("div", { class: "field" }, h("label", { htmlFor: "best-category" }, texts.category), category),
    typeField,
    h("div", { class: "field check" }, adjacent, h("label", { htmlFor: "best-adjacent" }, texts.adjacent)),
    find,
  );
  const question = h("p", { id: "best-question" });
  const swap = h("button", { type: "button", class: "button primary", onclick: () => search(true, find) }, texts.swapYes);
  const add = h("button", { type: "button", class: "button", onclick: () => search(false, find) });
  const keep = h("button", { type: "button", class: "button quiet", onclick: () => close() }, texts.swapNo);
  const asked = h("div", { class: "best-question", role: "group", "aria-labelledby": question.id, hidden: true }, question, h("div", { class: "actions" }, swap, add, keep));
  const full = h("p", { class: "fine", hidden: true }, texts.full);
  const notice = placedNotice(office, "best");
  const element = h("section", { class: "card", role: "group", "aria-label": texts.best }, h("h2", null, texts.best), form, asked, full, notice.element);

  function ask() {
    drawQuestion();
    show(asked, true);
    swap.focus();
  }

  function drawQuestion() {
    const { held, more } = bounds(office.store.state);
    const wanted = Number(many.value);
    text(question, texts.swap(held, wanted));
    text(add, texts.addMore(wanted));
    show(add, wanted <= more);
  }

  /** @param {HTMLElement} [next] takes the focus */
  function close(next = find) {
    if (asked.hidden) return;
    const focused = asked.contains(document.activeElement);
    show(asked, false);
    if (focused) next.focus({ preventScroll: true });
  }

  /** Offers the categories and the types of prices that the plan has. */
  function fill() {
    const types = plan.seatTypes;
    const now = JSON.stringify([plan.seatCategories, types]);
    if (now === offered) return;
    offered = now;
    const chosen = [category.value, type.value];
    category.replaceChildren(h("option", { value: "" }, texts.categories.any), ...plan.seatCategories.map((name) => h("option", { value: name }, name)));
    type.replaceChildren(h("option", { value: "" }, priceTypes.normal), ...types.map((name) => h("option", { value: name }, typeName(name))));
    [category.value, type.value] = chosen;
    // A new plan may not have what was chosen.
    for (const select of [category, type]) if (select.selectedIndex < 0) select.value = "";
    show(typeField, types.length > 0);
    // Places of areas are alike: none is the best.
    show(element, plan.seatCount > 0 || plan.areas.length === 0);
  }

  /**
   * @param {boolean} instead
   * @param {HTMLElement} next takes the focus afterwards
   */
  async function search(instead, next) {
    const { highest } = office.store.state;
    for (const button of [find, swap, add]) button.disabled = true;
    await office.cart.holdBest({
      count: Number(many.value),
      ...(category.value ? { categories: [category.value] } : {}),
      ...(type.value ? { type: type.value } : {}),
      // What the fan does not want to see is not found either.
      ...(highest === null ? {} : { upTo: highest }),
      adjacent: adjacent.checked,
      ...(instead ? { swap: true } : {}),
    });
    for (const button of [find, swap, add]) button.disabled = false;
    show(asked, false);
    next.focus({ preventScroll: true });
    draw();
  }

  function draw() {
    fill();
    const { most, held } = bounds(office.store.state);
    const max = String(Math.max(1, most));
    if (many.max !== max) {
      many.max = max;
      if (Number(many.value) > most) many.value = max;
    }
    show(full, most === 0);
    find.disabled = most === 0;
    if (!held) close();
    else if (!asked.hidden) drawQuestion();
  }

  const stopListening = office.seats.listen((changed) => {
    if (!changed) fill();
  });
  fill();

  return {
    element,
    dispose: stopListening,
    update(state) {
      if (!swap.disabled) draw();
      notice.update(state);
    },
  };
}
