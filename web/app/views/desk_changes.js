// @ts-check
import { h, text } from "../dom.js";
import { money } from "../format.js";
import { newKey } from "../../../clients/js/src/purchase.js";
import { desk as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** @typedef {import("../../../clients/js/wire.js").DeskTransaction} DeskTransaction */

/**
 * The forms that change a transaction: refund seats, move a ticket.
 *
 * @param {DeskTransaction} t
 * @param {(words: string) => void} changed called after a change, with what it was
 * @returns {HTMLElement[]}
 */
export function deskChanges(t, changed) {
  const open = t.tickets.filter((ticket) => ticket.status === "valid").map((ticket) => ticket.seatNumber);
  if (!open.length) return [];
  return [refundForm(t, open, changed), moveForm(t, open, changed)];
}

/**
 * @param {DeskTransaction} t
 * @param {string[]} open the seats with valid tickets
 * @param {(words: string) => void} changed
 */
function refundForm(t, open, changed) {
  const said = h("p", { class: "desk-said", role: "status" });
  const boxes = open.map((seat, i) => ({ seat, box: h("input", { type: "checkbox", id: `desk-refund-${i}`, checked: open.length === 1 }) }));
  const why = h("input", { type: "text", id: "desk-refund-reason", autocomplete: "off", maxLength: 280 });
  const key = newKey();
  let busy = false;
  async function refund() {
    const seats = boxes.filter(({ box }) => box.checked).map(({ seat }) => seat);
    if (!seats.length) {
      text(said, texts.refundNone);
      boxes[0].box.focus();
      return;
    }
    if (busy) return;
    busy = true;
    try {
      /** @type {import("../../../clients/js/wire.js").DeskChange} */
      const done = await http.call("POST", `/admin/transactions/${t.id}/cancel`, { json: { seats, reason: why.value.trim() }, headers: { "Idempotency-Key": `${key}/${seats.join(" ")}` } });
      const owed = t.lines.filter((line) => seats.includes(line.seatNumber)).reduce((sum, line) => sum + line.price, 0);
      changed(t.desk ? texts.refundedAtDesk(seats.length, money(owed, done.currency)) : texts.refunded(seats.length, money(owed, done.currency)));
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      text(said, fault.detail || fault.code);
    }
    busy = false;
  }
  return h(
    "details",
    { class: "desk-change" },
    h("summary", null, texts.refundTitle),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          refund();
        },
      },
      h("fieldset", null, h("legend", null, texts.refundSeats), ...boxes.map(({ seat, box }) => h("div", { class: "field check" }, box, h("label", { htmlFor: box.id }, seat)))),
      h("div", { class: "field" }, h("label", { htmlFor: "desk-refund-reason" }, texts.reason), why),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, texts.refund)),
      said,
    ),
  );
}

/**
 * @param {DeskTransaction} t
 * @param {string[]} open the seats with valid tickets
 * @param {(words: string) => void} changed
 */
function moveForm(t, open, changed) {
  const said = h("p", { class: "desk-said", role: "status" });
  const from = h("select", { id: "desk-move-from" }, ...open.map((seat) => h("option", { value: seat }, seat)));
  const to = h("input", { type: "text", id: "desk-move-to", autocomplete: "off", autocapitalize: "characters", spellcheck: false, required: true });
  const why = h("input", { type: "text", id: "desk-move-reason", autocomplete: "off", maxLength: 280 });
  const key = newKey();
  let busy = false;
  async function move() {
    if (busy) return;
    busy = true;
    const seat = to.value.trim();
    try {
      await http.call("POST", `/admin/transactions/${t.id}/move`, { json: { from: from.value, to: seat, reason: why.value.trim() }, headers: { "Idempotency-Key": `${key}/${from.value} ${seat}` } });
      changed(texts.moved(from.value, seat));
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      text(said, fault.detail || fault.code);
    }
    busy = false;
  }
  return h(
    "details",
    { class: "desk-change" },
    h("summary", null, texts.moveTitle),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          move();
        },
      },
      h(
        "div",
        { class: "desk-pair" },
        h("div", { class: "field" }, h("label", { htmlFor: "desk-move-from" }, texts.moveFrom), from),
        h("div", { class: "field" }, h("label", { htmlFor: "desk-move-to" }, texts.moveTo), to),
      ),
      h("div", { class: "field" }, h("label", { htmlFor: "desk-move-reason" }, texts.reason), why),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, texts.move)),
      said,
    ),
  );
}
