// @ts-check
import { focus, h, show, text } from "../dom.js";
import { list, minorDigits, money } from "../format.js";
import { newKey } from "../../../clients/js/src/purchase.js";
import * as baskets from "../desk_basket.js";
import { desk as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";
import { deskWords } from "./desk_find.js";
import { deskSeason } from "./desk_season.js";

/** @typedef {import("../../../clients/js/wire.js").DeskTransaction} DeskTransaction */
/** @typedef {import("../../../clients/js/wire.js").DeskOffer} DeskOffer */

/** How often the areas and allotments are read, in ms. */
const stockEvery = 10_000;

/**
 * The form that sells: seats by number, places of areas, the best seats; then who buys and
 * how it is paid.
 *
 * @param {string} season
 * @param {() => void} sold called after each sale
 */
export function deskSale(season, sold) {
  const path = `/admin/seasons/${encodeURIComponent(season)}/sales`;
  let basket = baskets.emptyBasket();
  /** What the basket costs now; null: not known. @type {DeskOffer|null} */
  let offer = null;
  let asks = 0;
  /** The key of the sale, kept until its outcome is known, so that pressing again repeats it. */
  let key = newKey();
  let busy = false;

  const type = h("select", { id: "desk-type" });
  const allotment = h("select", { id: "desk-allotment", onchange: () => take(basket) });
  const seats = h("input", { type: "text", id: "desk-seats", autocomplete: "off", autocapitalize: "characters", spellcheck: false, "aria-describedby": "desk-seats-hint" });
  const area = h("select", { id: "desk-area" });
  const areaCount = h("input", { type: "number", id: "desk-area-count", min: "1", max: String(baskets.mostSeats), value: "1", required: true });
  const bestCount = h("input", { type: "number", id: "desk-best-count", min: "1", max: String(baskets.mostSeats), value: "2", required: true });
  const bestCategory = h("select", { id: "desk-best-category" });
  const said = h("p", { class: "desk-said", role: "status", "aria-label": texts.message });
  const outcome = h("p", { class: "desk-said", role: "status", "aria-label": texts.outcome });
  const rows = h("tbody");
  const total = h("output", { class: "desk-total", "aria-label": texts.total });
  const empty = h("p", { class: "fine" }, texts.nothing);
  const table = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.basket, hidden: true },
    h("table", { "aria-label": texts.basket }, h("thead", null, h("tr", null, ...texts.columns.map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, h("span", { class: "unseen" }, texts.remove)))), rows),
  );
  const holder = h("input", { type: "text", id: "desk-holder", autocomplete: "off", maxLength: 200 });
  const email = h("input", { type: "email", id: "desk-email", autocomplete: "off", maxLength: 254 });
  const methods = Object.entries(texts.methods).map(([value, name], i) => {
    const choice = h("input", { type: "radio", name: "desk-method", id: `desk-${value}`, value, checked: i === 0, onchange: () => draw() });
    return { choice, field: h("div", { class: "field check" }, choice, h("label", { htmlFor: choice.id }, name)) };
  });
  const method = () => methods.find(({ choice }) => choice.checked)?.choice.value ?? "cash";
  const reference = h("input", { type: "text", id: "desk-reference", autocomplete: "off", maxLength: 200 });
  const given = h("input", { type: "text", id: "desk-given", inputMode: "decimal", autocomplete: "off", oninput: () => drawChange() });
  const change = h("output", { class: "desk-change", "aria-label": texts.change });
  const cash = h("div", { class: "desk-pair" }, h("div", { class: "field" }, h("label", { htmlFor: "desk-given" }, texts.given), given), change);
  const sell = h("button", { type: "submit", class: "button primary large" }, texts.sell);
  const receipt = h("section", { class: "card desk-receipt", hidden: true });

  /** @param {string} id @param {string} label @param {HTMLElement} control */
  const field = (id, label, control) => h("div", { class: "field" }, h("label", { htmlFor: id }, label), control);
  /** @param {() => void} act @param {...(Node|null)} children */
  const form = (act, ...children) =>
    h(
      "form",
      {
        class: "desk-row",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          act();
        },
      },
      ...children,
    );
  const areaForm = form(addArea, field("desk-area", texts.area, area), field("desk-area-count", texts.count, areaCount), h("button", { type: "submit", class: "button" }, texts.addArea));
  areaForm.hidden = true;
  const typeField = field("desk-type", texts.type, type);
  typeField.hidden = true;
  const allotmentField = field("desk-allotment", texts.allotment, allotment);
  allotmentField.hidden = true;
  const element = h(
    "div",
    { class: "desk-sale" },
    deskSeason(season),
    h(
      "section",
      { class: "card", "aria-label": texts.choose },
      h("h3", null, texts.choose),
      allotmentField,
      typeField,
      form(addSeats, field("desk-seats", texts.seats, seats), h("button", { type: "submit", class: "button" }, texts.add)),
      h("p", { class: "fine", id: "desk-seats-hint" }, texts.seatsHint),
      areaForm,
      form(addBest, field("desk-best-count", texts.best, bestCount), field("desk-best-category", texts.category, bestCategory), h("button", { type: "submit", class: "button" }, texts.addBest)),
      said,
    ),
    h(
      "section",
      { class: "card", "aria-label": texts.basket },
      h("h3", null, texts.basket),
      empty,
      table,
      h("p", { class: "desk-sum" }, h("span", { "aria-hidden": "true" }, texts.total), total),
      h(
        "form",
        {
          class: "desk-pay",
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            sellNow();
          },
        },
        h("div", { class: "desk-pair" }, field("desk-holder", texts.holder, holder), field("desk-email", texts.email, email)),
        h("fieldset", null, h("legend", null, texts.payment), ...methods.map((m) => m.field)),
        field("desk-reference", texts.reference, reference),
        cash,
        outcome,
        h("div", { class: "actions" }, sell, h("button", { type: "button", class: "button quiet", onclick: () => clear() }, texts.clear)),
      ),
    ),
    receipt,
  );

  const typeOf = () => (type.value === "" ? null : type.value);

  function addSeats() {
    const numbers = baskets.readSeats(seats.value);
    if (!numbers.length) return;
    take(baskets.withSeats(basket, numbers, typeOf()), () => (seats.value = ""));
  }

  function addArea() {
    take(baskets.withArea(basket, area.value, Number(areaCount.value), typeOf()));
  }

  async function addBest() {
    if (busy) return;
    busy = true;
    try {
      /** @type {DeskOffer} */
      const found = await http.call("POST", `${path}?dryRun=true`, {
        json: { ...baskets.wanted(basket), best: { count: Number(bestCount.value), category: bestCategory.value || undefined, type: typeOf() ?? undefined, adjacent: true }, allotment: allotment.value, payment: { method: "cash" } },
      });
      busy = false;
      const inArea = (/** @type {string} */ seat) => basket.areas.some((one) => seat.startsWith(`${one.area}-`));
      await take(baskets.withSeats(basket, found.seats.map((seat) => seat.seatNumber).filter((seat) => !inArea(seat)), typeOf()));
    } catch (problem) {
      text(said, deskWords(/** @type {http.Problem} */ (problem)));
    }
    busy = false;
  }

  /**
   * Makes a basket the buyer's, if its seats can be sold now.
   *
   * @param {baskets.Basket} next
   * @param {() => void} [taken]
   */
  async function take(next, taken) {
    const ask = ++asks;
    if (!baskets.size(next)) {
      basket = next;
      offer = null;
      draw();
      return;
    }
    text(said, texts.checking);
    try {
      /** @type {DeskOffer} */
      const now = await http.call("POST", `${path}?dryRun=true`, { json: { ...baskets.wanted(next), allotment: allotment.value, payment: { method: "cash" } } });
      if (ask !== asks) return;
      basket = next;
      offer = now;
      taken?.();
      text(said, texts.has(baskets.size(basket), money(now.total, now.currency)));
    } catch (problem) {
      if (ask === asks) text(said, deskWords(/** @type {http.Problem} */ (problem)));
    }
    draw();
  }

  function draw() {
    const lines = offer?.seats ?? [];
    const priceOf = new Map(lines.map((line) => [line.seatNumber, line]));
    const currency = offer?.currency ?? "";
    /** @param {string} name @param {() => void} act */
    const removal = (name, act) => h("button", { type: "button", class: "button quiet", "aria-label": texts.removeOf(name), onclick: act }, texts.remove);
    rows.replaceChildren(
      ...basket.seats.map(({ seatNumber, type: kind }) => {
        const line = priceOf.get(seatNumber);
        return h(
          "tr",
          null,
          h("td", null, h("bdi", null, seatNumber)),
          h("td", null, h("bdi", null, line?.category ?? "")),
          h("td", null, typeChoice(seatNumber, kind)),
          h("td", null, line ? money(line.price, currency) : ""),
          h("td", null, removal(seatNumber, () => leave(baskets.withoutSeat(basket, seatNumber)))),
        );
      }),
      ...basket.areas.map(({ area: name, count, type: kind }, i) => {
        const own = lines.filter((line) => line.seatNumber.startsWith(`${name}-`) && line.type === kind);
        return h(
          "tr",
          null,
          h("td", null, texts.places(count, name)),
          h("td", null, h("bdi", null, own[0]?.category ?? "")),
          h("td", null, kind ?? texts.normal),
          h("td", null, own[0] ? money(own[0].price * count, currency) : ""),
          h("td", null, removal(texts.places(count, name), () => leave(baskets.withoutArea(basket, i)))),
        );
      }),
    );
    const any = baskets.size(basket) > 0;
    show(table, any);
    show(empty, !any);
    const free = method() === "free";
    reference.required = free; // why the seats are given away
    text(total, !offer ? "–" : free ? texts.givenAway(money(0, currency), money(offer.total, currency)) : money(offer.total, currency));
    show(cash, method() === "cash");
    drawChange();
  }

  /** Removes something, and keeps the focus near. @param {baskets.Basket} next */
  async function leave(next) {
    await take(next);
    const left = /** @type {HTMLElement|null} */ (rows.querySelector("button"));
    (left ?? seats).focus();
  }

  /** @param {string} seatNumber @param {string|null} kind */
  function typeChoice(seatNumber, kind) {
    if (type.options.length < 2) return kind ?? texts.normal;
    const select = h(
      "select",
      { "aria-label": texts.typeOf(seatNumber), onchange: () => take(baskets.retyped(basket, seatNumber, select.value === "" ? null : select.value)) },
      ...Array.from(type.options, (option) => h("option", { value: option.value, selected: option.value === (kind ?? "") }, option.textContent ?? "")),
    );
    return select;
  }

  /** What to give back to the buyer, in words; "" when that is not known. */
  let due = "";

  function drawChange() {
    const left = offer && method() === "cash" ? baskets.changeOf(given.value, offer.total, minorDigits(offer.currency)) : null;
    due = left !== null && offer && left >= 0 ? texts.changeIs(money(left, offer.currency)) : "";
    text(change, left === null || !offer ? "" : left < 0 ? texts.tooLittle(money(-left, offer.currency)) : texts.changeIs(money(left, offer.currency)));
  }

  async function sellNow() {
    if (busy) return; // a disabled button would lose the focus
    if (!baskets.size(basket)) {
      text(outcome, texts.nothing);
      seats.focus();
      return;
    }
    busy = true;
    text(outcome, texts.selling);
    try {
      /** @type {DeskTransaction} */
      const done = await http.call("POST", path, {
        json: { ...baskets.wanted(basket), allotment: allotment.value, holder: holder.value.trim(), email: email.value.trim(), payment: { method: method(), reference: reference.value.trim() } },
        headers: { "Idempotency-Key": key },
      });
      if (done.status === "completed") finish(done);
      else text(outcome, texts.pending);
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      text(outcome, fault.code === "key_reused" ? texts.uncertain : deskWords(fault));
      if (baskets.endsSale(fault.code)) key = newKey();
    }
    busy = false;
  }

  /** @param {DeskTransaction} done */
  function finish(done) {
    const heading = h("h3", null, texts.sold(done.seats.length, money(done.total, done.currency)));
    const at = `/admin/transactions/${done.id}`;
    receipt.replaceChildren(
      heading,
      h("p", null, list(done.seats)),
      ...(due ? [h("p", { class: "desk-due" }, due)] : []),
      h("p", { class: "fine" }, texts.order(done.id)),
      h(
        "div",
        { class: "actions" },
        h("a", { class: "button primary", href: `${at}/print`, target: "_blank", rel: "noopener" }, texts.printTickets),
        h("a", { class: "button", href: `${at}/receipt`, target: "_blank", rel: "noopener" }, texts.printReceipt),
        h("button", { type: "button", class: "button", onclick: () => next() }, texts.nextSale),
      ),
    );
    show(receipt, true);
    text(said, "");
    clear();
    focus(heading);
    sold();
  }

  function next() {
    show(receipt, false);
    seats.focus();
  }

  /** Empties the form for the next buyer. */
  function clear() {
    asks++;
    key = newKey();
    basket = baskets.emptyBasket();
    offer = null;
    for (const input of [seats, holder, email, reference, given]) input.value = "";
    methods[0].choice.checked = true;
    type.value = "";
    readAt = 0;
    text(said, "");
    text(outcome, "");
    draw();
  }

  /** What the choices were last made of. */
  let offered = "";

  /** @param {import("../../../clients/js/wire.js").Sale|null} sale */
  function update(sale) {
    if (!sale) return;
    const types = [...new Set(sale.categories.flatMap((category) => category.types.map((one) => one.type)))].sort();
    const names = sale.categories.map((category) => category.category);
    const now = JSON.stringify([types, names]);
    if (now === offered) return;
    offered = now;
    const [kind, category] = [type.value, bestCategory.value];
    type.replaceChildren(h("option", { value: "" }, texts.normal), ...types.map((name) => h("option", { value: name }, name)));
    bestCategory.replaceChildren(h("option", { value: "" }, texts.anyCategory), ...names.map((name) => h("option", { value: name }, name)));
    if (types.includes(kind)) type.value = kind;
    if (names.includes(category)) bestCategory.value = category;
    show(typeField, types.length > 0);
    draw();
  }

  /** The areas and the allotments, which are no part of the public state of the sale. */
  async function readStock() {
    try {
      /** @type {import("../../../clients/js/wire.js").DeskStock} */
      const stock = await http.get(`/admin/seasons/${encodeURIComponent(season)}/desk`);
      const [chosenArea, chosenAllotment] = [area.value, allotment.value];
      area.replaceChildren(...stock.areas.map((one) => h("option", { value: one.area }, one.area)));
      allotment.replaceChildren(h("option", { value: "" }, texts.onSale), ...stock.allotments.map((one) => h("option", { value: one.name }, texts.inAllotment(one.name, one.seats))));
      if (stock.areas.some((one) => one.area === chosenArea)) area.value = chosenArea;
      if (stock.allotments.some((one) => one.name === chosenAllotment)) allotment.value = chosenAllotment;
      show(areaForm, stock.areas.length > 0);
      show(allotmentField, stock.allotments.length > 0);
    } catch {
      // A later tick tries again.
      readAt = Date.now() - stockEvery + 2000;
    }
  }

  /** When the stock was last asked for, in ms. */
  let readAt = 0;

  function tick() {
    if (Date.now() - readAt < stockEvery) return;
    readAt = Date.now();
    // A choice that is open must not change.
    if (document.activeElement !== area && document.activeElement !== allotment) readStock();
  }

  draw();
  return { element, update, tick, focus: () => seats.focus() };
}
