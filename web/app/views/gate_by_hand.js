// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { clockTime } from "../gate.js";
import { isolate } from "../format.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/**
 * A ticket whose code cannot be read: looked up by its id, as printed, or by its
 * seat; then, by a second press, checked in by hand.
 *
 * @param {{season: string, patience: number, checkIn: (ticket: string) => void}} o
 */
export function byHand(o) {
  const which = h("input", { type: "text", id: "gate-lookup", autocomplete: "off", autocapitalize: "none", spellcheck: false });
  const found = h("p", { class: "gate-found" });
  const press = h("button", { type: "button", class: "button large", hidden: true, onclick: checkIn }, "Check in by hand");
  const answer = h("div", { role: "status", "aria-label": "Looked up" }, found);
  const element = h(
    "details",
    { class: "gate-by-hand" },
    h("summary", null, "The code cannot be read"),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          lookUp();
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "gate-lookup" }, "Ticket id or seat"), which),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button large" }, "Look up"), press),
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
      const { tickets } = await http.call("POST", `/checkins/lookup?season=${encodeURIComponent(o.season)}`, { json, patience: o.patience });
      if (own !== asked) return;
      const one = tickets[0];
      const who = [one.seatNumber, one.category, isolate(one.holder)].filter(Boolean).join(" · ");
      const where = one.admittedAt ? `Already admitted at ${clockTime(one.admittedAt, clock.now())}, gate ${isolate(one.gate ?? "")}.` : "Valid, not checked in.";
      text(found, `${who}. ${one.status === "void" ? "Given back: not valid." : where}`);
      if (one.status !== "valid") return;
      ticket = one.id;
      show(press, true);
    } catch (problem) {
      if (own === asked) text(found, explain(/** @type {http.Problem} */ (problem)));
    }
  }

  function checkIn() {
    const own = ticket;
    forget();
    which.value = "";
    if (own) o.checkIn(own);
  }
  return element;
}
