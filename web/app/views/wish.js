// @ts-check
import { h, show, text } from "../dom.js";
import { list, money } from "../format.js";
import { wish as texts } from "../texts/chosen.js";
import * as http from "../http.js";
import { announce } from "./announcer.js";
import { saleOf } from "./sale_state.js";

/**
 * The wish of a fan in line for returned seats: which seats the fan waits for, and whether
 * others have gone before because of it. Hidden in a season that takes no fans for
 * returned seats.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function wishView(office) {
  const many = h("input", { type: "number", id: "wish-count", min: "1", max: "6", value: "1", required: true, inputMode: "numeric" });
  const category = h("select", { id: "wish-category" });
  const upTo = h("select", { id: "wish-price" });
  const save = h("button", { type: "submit", class: "button", "data-live": "" }, texts.save);
  const keep = h("button", { type: "button", class: "button quiet", onclick: () => close() }, texts.keep);
  const form = h(
    "form",
    { class: "wish-form", onsubmit: (/** @type {Event} */ event) => leave(event) },
    h("div", { class: "field" }, h("label", { htmlFor: many.id }, texts.count), many),
    h("div", { class: "field" }, h("label", { htmlFor: category.id }, texts.category), category),
    h("div", { class: "field" }, h("label", { htmlFor: upTo.id }, texts.upTo), upTo),
    h("div", { class: "actions" }, save, keep),
  );
  const yours = h("p", { class: "wish-yours" });
  const passed = h("p", { class: "note" }, texts.passed);
  const change = h("button", { type: "button", class: "button", onclick: () => open() });
  const remove = h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => send("DELETE", texts.removed) }, texts.remove);
  const actions = h("div", { class: "actions" }, change, remove);
  const element = h(
    "div",
    { class: "wish", role: "group", "aria-labelledby": "wish-title", hidden: true },
    h("h3", { class: "caption", id: "wish-title" }, texts.title),
    h("p", { class: "fine" }, texts.lead),
    yours,
    passed,
    actions,
    form,
  );
  /** What the choices were last made of. */
  let offered = "";
  /** @type {import("../../../clients/js/wire.js").Wish|null} */
  let wish = null;
  show(form, false);

  /** Offers the categories of the sale, and the prices between which they lie. */
  function fill() {
    const sale = saleOf(office.store.state);
    if (!sale) return;
    const prices = [...new Set(sale.categories.reduce((/** @type {number[]} */ all, c) => [...all, c.from, c.to], []))].filter((price) => price > 0).sort((a, b) => a - b);
    const now = JSON.stringify([sale.categories.map((c) => c.category), prices, sale.currency]);
    if (now === offered) return;
    offered = now;
    const chosen = [category.value, upTo.value];
    category.replaceChildren(h("option", { value: "" }, texts.any), ...sale.categories.map((c) => h("option", { value: c.category }, c.category)));
    upTo.replaceChildren(h("option", { value: "" }, texts.anyPrice), ...prices.map((price) => h("option", { value: String(price) }, money(price, sale.currency))));
    [category.value, upTo.value] = chosen;
    // A new plan may not have what was chosen.
    for (const select of [category, upTo]) if (select.selectedIndex < 0) select.value = "";
  }

  function open() {
    fill();
    if (wish) {
      many.value = String(wish.seats);
      category.value = wish.categories.length === 1 ? wish.categories[0] : "";
      upTo.value = wish.upTo === null ? "" : String(wish.upTo);
      for (const select of [category, upTo]) if (select.selectedIndex < 0) select.value = "";
    }
    show(form, true);
    show(actions, false);
    many.focus({ preventScroll: true });
  }

  function close() {
    show(form, false);
    show(actions, true);
    change.focus({ preventScroll: true });
  }

  /** @param {Event} event */
  async function leave(event) {
    event.preventDefault();
    const content = { seats: Number(many.value), categories: category.value ? [category.value] : [], upTo: upTo.value ? Number(upTo.value) : null };
    if (await send("PUT", texts.saved, content)) close();
  }

  /**
   * @param {"PUT"|"DELETE"} method
   * @param {string} words announced when it succeeds
   * @param {object} [json]
   */
  async function send(method, words, json) {
    save.disabled = remove.disabled = true;
    try {
      const status = await http.call(method, `/waitingList/wish?season=${encodeURIComponent(office.season)}`, json ? { json } : {});
      office.message({ type: "status", status });
      announce(words);
      return true;
    } catch (problem) {
      office.notices.fail(problem);
      return false;
    } finally {
      save.disabled = remove.disabled = false;
      if (method === "DELETE") change.focus({ preventScroll: true });
    }
  }

  return {
    element,
    update(state) {
      const sale = saleOf(state);
      const before = wish;
      wish = (state.status && state.status.wish) || null;
      show(element, state.status?.state === "waiting" && (wish !== null || state.season?.returns === true));
      const most = String(state.season?.maxSeats ?? 6);
      if (many.max !== most) many.max = most;
      fill();
      text(change, wish ? texts.change : texts.leave);
      show(remove, wish !== null);
      show(yours, wish !== null);
      if (wish) text(yours, texts.yours(wish.seats, wish.categories.length ? list(wish.categories) : null, wish.upTo === null ? null : money(wish.upTo, sale?.currency ?? state.season?.currency ?? "EUR")));
      const isPassed = wish !== null && wish.passedOver;
      show(passed, isPassed);
      if (isPassed && !(before && before.passedOver)) announce(texts.passed);
    },
  };
}
