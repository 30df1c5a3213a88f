// @ts-check
import { h, text } from "../dom.js";
import { money } from "../format.js";
import { newKey } from "../../../clients/js/src/purchase.js";
import { desk as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** @typedef {import("../../../clients/js/wire.js").DeskTransaction} DeskTransaction */
/** @typedef {import("../../../clients/js/wire.js").DeskChange} DeskChange */

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
 * Says what money goes back by a change, and how: what the server returned now, which is not
 * the price of the seats when another clerk was first.
 *
 * @param {DeskChange} done
 */
function moneyBack(done) {
  const amount = money(done.returned, done.currency);
  if (done.returned === 0) return texts.back.none;
  if (!done.desk) return texts.back.online(amount);
  return done.desk.method === "invoice" ? texts.back.invoice(amount) : texts.back.cash(amount);
}

/**
 * A form that sends one change. The same change sent again, after a lost answer, has the
 * same key, also when another reason is given.
 *
 * @param {{title: string, press: string, path: string, id: string}} words id begins the ids of its fields
 * @param {HTMLElement} fields
 * @param {() => Record<string, unknown>|null} content what is sent, without the reason; null when the fields say what is missing
 * @param {(done: DeskChange, sent: any) => string} tell says what was changed
 * @param {(words: string) => void} changed
 * @param {HTMLElement} said where an error is told
 */
function changeForm({ title, press, path, id }, fields, content, tell, changed, said) {
  const why = h("input", { type: "text", id: `${id}-reason`, autocomplete: "off", maxLength: 280, required: true });
  let key = newKey();
  let last = "";
  let busy = false;
  async function send() {
    const change = content();
    if (!change || busy) return;
    const json = { ...change, reason: why.value.trim() };
    if (!json.reason) {
      text(said, texts.reasonNone);
      why.focus();
      return;
    }
    const now = JSON.stringify(change);
    if (last && now !== last) key = newKey();
    last = now;
    busy = true;
    try {
      /** @type {DeskChange} */
      const done = await http.call("POST", path, { json, headers: { "Idempotency-Key": key } });
      changed(done.changed.length ? tell(done, json) : texts.changedBefore(money(done.refunded, done.currency)));
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      text(said, fault.detail || fault.code);
    } finally {
      busy = false;
    }
  }
  return h(
    "details",
    { class: "desk-change" },
    h("summary", null, title),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          send();
        },
      },
      fields,
      h("div", { class: "field" }, h("label", { htmlFor: why.id }, texts.reason), why),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, press)),
      said,
    ),
  );
}

/** @returns {HTMLElement} */
const saying = () => h("p", { class: "desk-said", role: "status" });

/**
 * @param {DeskTransaction} t
 * @param {string[]} open the seats with valid tickets
 * @param {(words: string) => void} changed
 */
function refundForm(t, open, changed) {
  const said = saying();
  const boxes = open.map((seat, i) => ({ seat, box: h("input", { type: "checkbox", id: `desk-refund-${i}`, checked: open.length === 1 }) }));
  return changeForm(
    { title: texts.refundTitle, press: texts.refund, path: `/admin/transactions/${t.id}/cancel`, id: "desk-refund" },
    h("fieldset", null, h("legend", null, texts.refundSeats), ...boxes.map(({ seat, box }) => h("div", { class: "field check" }, box, h("label", { htmlFor: box.id }, seat)))),
    () => {
      const seats = boxes.filter(({ box }) => box.checked).map(({ seat }) => seat);
      if (seats.length) return { seats };
      text(said, texts.refundNone);
      boxes[0].box.focus();
      return null;
    },
    (done) => `${texts.refunded(done.changed.length)} ${moneyBack(done)}`,
    changed,
    said,
  );
}

/**
 * @param {DeskTransaction} t
 * @param {string[]} open the seats with valid tickets
 * @param {(words: string) => void} changed
 */
function moveForm(t, open, changed) {
  const from = h("select", { id: "desk-move-from" }, ...open.map((seat) => h("option", { value: seat }, seat)));
  const to = h("input", { type: "text", id: "desk-move-to", autocomplete: "off", autocapitalize: "characters", spellcheck: false, required: true });
  return changeForm(
    { title: texts.moveTitle, press: texts.move, path: `/admin/transactions/${t.id}/move`, id: "desk-move" },
    h(
      "div",
      { class: "desk-pair" },
      h("div", { class: "field" }, h("label", { htmlFor: from.id }, texts.moveFrom), from),
      h("div", { class: "field" }, h("label", { htmlFor: to.id }, texts.moveTo), to),
    ),
    () => ({ from: from.value, to: to.value.trim() }),
    (done, sent) => `${texts.moved(sent.from, sent.to)} ${moneyBack(done)}`,
    changed,
    saying(),
  );
}
