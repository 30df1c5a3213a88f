// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { clockTime, isolate } from "../format.js";
import { gate as texts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/**
 * A ticket whose code cannot be read. Staff look it up by its printed id or by its
 * seat, then check it in with a second press.
 *
 * @param {{season: string, patience: number, checkIn: (ticket: string) => void}} o
 */
export function gateByHand(o) {
  const which = h("input", { type: "text", id: "gate-lookup", autocomplete: "off", autocapitalize: "none", spellcheck: false });
  const found = h("p", { class: "gate-found" });
  const press = h("button", { type: "button", class: "button large", hidden: true, onclick: checkIn }, texts.checkInByHand);
  const answer = h("div", { role: "status", "aria-label": texts.lookedUp }, found);
  const element = h(
    "details",
    { class: "gate-by-hand" },
    h("summary", null, texts.unreadable),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          lookUp();
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "gate-lookup" }, texts.lookUpLabel), which),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button large" }, texts.lookUp), press),
    ),
    answer,
  );
  let ticket = "";
  let asked = 0;

  function forget() {
    ticket = "";
    show(press, false);
    text(found, "");
  }

  async function lookUp() {
    const own = ++asked;
    const wanted = which.value.trim();
    forget();
    if (!wanted) return;
    const json = /^[0-9a-f]{24}$/i.test(wanted) ? { ticket: wanted.toLowerCase() } : { seat: wanted };
    try {
      /** @type {import("../../../clients/js/wire.js").LookedUp} */
      const { tickets } = await http.call("POST", `/checkins/lookup?season=${encodeURIComponent(o.season)}`, { json, patience: o.patience });
      if (own !== asked) return;
      const one = tickets[0];
      const who = [one.seatNumber, one.category, isolate(one.holder)].filter(Boolean).join(" · ");
      text(found, texts.found(who, stateOf(one)));
      if (one.status !== "valid") return;
      ticket = one.id;
      show(press, true);
    } catch (problem) {
      if (own === asked) text(found, explain(/** @type {http.Problem} */ (problem)));
    }
  }

  /** @param {import("../../../clients/js/wire.js").GateTicket} one */
  function stateOf(one) {
    if (one.status === "void") return texts.foundVoid;
    return one.admittedAt ? texts.foundUsed(clockTime(one.admittedAt, clock.now()), one.gate ?? "") : texts.foundValid;
  }

  function checkIn() {
    const own = ticket;
    forget();
    which.value = "";
    if (own) o.checkIn(own);
  }
  return element;
}
