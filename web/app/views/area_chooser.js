// @ts-check
import { h, show, text } from "../dom.js";
import { list, money } from "../format.js";
import { areas as texts, seats as seatTexts } from "../texts/chosen.js";
import { bounds } from "./best_seats.js";
import { typeName, typeSelect } from "./price_types.js";

/** How many places one request may ask for. */
const mostPlaces = 64;

/**
 * How many places of an area the fan wants, at which price, and the button that holds
 * them.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("../types/app.js").Place} place where it stands
 * @param {() => void} [pressed] called before a press is answered
 */
export function areaChooser(office, place, pressed) {
  const { plan } = office.seats;
  const price = h("p", { class: "price area-price" });
  const left = h("p", { class: "fine" });
  const yours = h("p", { class: "area-yours" });
  const fewer = h("button", { type: "button", class: "icon", "aria-label": texts.fewer, onclick: () => chooser.step(-1) }, "−");
  const number = h("output", { class: "stepper-number" });
  const more = h("button", { type: "button", class: "icon", "aria-label": texts.more, onclick: () => chooser.step(1) }, "+");
  const stepper = h("div", { class: "stepper", role: "group", "aria-label": texts.count }, fewer, number, more);
  const types = h("div", { class: "area-types" });
  const why = h("p", { class: "fine" });
  const act = h("button", { type: "button", class: "button primary", onclick: () => chooser.act() });
  const element = h("div", { class: "area-chooser" }, h("div", { class: "area-facts" }, price, left), yours, h("div", { class: "area-choice" }, stepper, types), why, h("div", { class: "actions" }, act));
  let state = office.store.state;

  const chooser = {
    element,
    /** The place of the area in the plan; -1: none. */
    at: -1,
    /** How many places are wanted. */
    wanted: 1,
    /** The type of their price; null: the normal one. @type {string|null} */
    type: null,
    busy: false,
    /** What the choice of types was last drawn for. */
    choices: "",

    /** @param {number} at the place of the area in the plan */
    open(at) {
      if (at !== chooser.at) {
        chooser.wanted = 1;
        chooser.type = null;
      }
      chooser.at = at;
      chooser.draw();
    },

    area() {
      return plan.areas[chooser.at];
    },

    /** How many places the fan may choose now. */
    most() {
      return Math.min(mostPlaces, bounds(state).more, chooser.area().available);
    },

    /** @param {number} by */
    step(by) {
      const focused = document.activeElement;
      chooser.wanted = Math.max(1, Math.min(chooser.most(), chooser.wanted + by));
      chooser.draw();
      // A button that is of no use any more would leave the focus nowhere.
      if (focused === fewer && fewer.disabled) more.focus({ preventScroll: true });
      if (focused === more && more.disabled) fewer.focus({ preventScroll: true });
    },

    /** @returns {string|null} the type that is chosen, if the area has it */
    chosen() {
      return chooser.type !== null && chooser.type in (chooser.area().prices ?? {}) ? chooser.type : null;
    },

    /** @returns {number} what one place costs */
    each() {
      const { price, prices } = chooser.area();
      const type = chooser.chosen();
      return type === null ? price : (prices?.[type] ?? price);
    },

    focus() {
      /** @type {HTMLButtonElement|undefined} */ ([more, fewer, act].find((button) => !button.disabled))?.focus();
    },

    /** Holds the places. @returns {Promise<boolean>} whether they are held */
    async act() {
      if (chooser.at < 0 || chooser.busy || act.disabled) return false;
      pressed?.();
      const focused = element.contains(document.activeElement);
      const type = chooser.chosen();
      chooser.busy = true;
      chooser.draw();
      const held = await office.cart.holdArea(chooser.area().area, chooser.wanted, place, type);
      chooser.busy = false;
      if (held) chooser.wanted = 1;
      chooser.draw();
      if (focused && !act.disabled) act.focus({ preventScroll: true });
      return held;
    },

    drawTypes() {
      const { area, price, prices = {} } = chooser.area();
      const busy = chooser.busy || state.paying !== "none";
      const choices = JSON.stringify([area, price, prices, chooser.chosen()]);
      const select = types.querySelector("select");
      if (choices === chooser.choices) {
        if (select) select.disabled = busy;
        return;
      }
      chooser.choices = choices;
      const focused = types.contains(document.activeElement);
      const made = typeSelect({ seatNumber: area, price, prices }, chooser.chosen(), state.season?.currency ?? "EUR", (type) => {
        chooser.type = type;
        chooser.draw();
      });
      made?.setAttribute("aria-label", texts.priceIn(area));
      types.replaceChildren(...(made ? [made] : []));
      show(types, made !== null);
      if (focused) made?.focus({ preventScroll: true });
    },

    draw() {
      const area = chooser.area();
      if (!area) return;
      const currency = state.season?.currency ?? "EUR";
      const most = chooser.most();
      chooser.wanted = Math.max(1, Math.min(most, chooser.wanted));
      const held = heldIn(state, plan, area.area);
      const each = chooser.each();
      const type = chooser.chosen();
      text(price, type === null ? money(each, currency) : `${money(each, currency)} (${typeName(type)})`);
      text(left, seatTexts.free(area.available, area.capacity));
      text(yours, texts.yours(held));
      show(yours, held > 0);
      text(number, String(chooser.wanted));
      const open = most > 0 && state.paying === "none" && !chooser.busy;
      fewer.disabled = !open || chooser.wanted <= 1;
      more.disabled = !open || chooser.wanted >= most;
      chooser.drawTypes();
      text(why, area.available === 0 ? texts.none : bounds(state).more === 0 ? seatTexts.full : "");
      show(why, why.textContent !== "");
      act.disabled = !open;
      const total = money(each * chooser.wanted, currency);
      const words = texts.hold(chooser.wanted, total);
      text(act, words);
      // Who speaks to the page says what is written on the button, so the name begins with it.
      act.setAttribute("aria-label", list([words, area.area]));
    },

    /** @returns {string} the area in words */
    words() {
      const { area, category, price, available, capacity } = chooser.area();
      return texts.spoken(area, category, money(price, state.season?.currency ?? "EUR"), available, capacity);
    },

    /** @param {import("../types/app.js").State} next */
    update(next) {
      state = next;
      if (chooser.at >= plan.areas.length) chooser.at = -1;
      if (chooser.at >= 0) chooser.draw();
    },
  };
  return chooser;
}

/**
 * @param {import("../types/app.js").State} state
 * @param {import("../seat_plan.js").SeatPlan} plan
 * @param {string} area
 * @returns {number} how many of its places are in the cart
 */
export function heldIn(state, plan, area) {
  return (state.cart?.seats ?? []).filter((seat) => plan.areaOf(seat.seatNumber)?.area === area).length;
}
