// @ts-check
import { focus, h, show, text } from "../dom.js";
import { list, money, when } from "../format.js";
import { explain } from "../explain.js";
import { desk as texts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { deskChanges } from "./desk_changes.js";

/** @typedef {import("../../../clients/js/wire.js").DeskTransaction} DeskTransaction */

/** Why the server refused, for staff. @param {http.Problem} problem */
export function deskWords(problem) {
  const words = problem.detail || explain(problem);
  const unnamed = (problem.seats ?? []).filter((seat) => !words.includes(seat));
  return unnamed.length ? `${words}: ${list(unnamed.slice(0, 10))}` : words;
}

/**
 * Finds transactions by what a buyer can say, and shows one.
 *
 * @param {string} season
 */
export function deskFind(season) {
  const query = h("input", { type: "search", id: "desk-find", autocomplete: "off", spellcheck: false, maxLength: 100, "aria-describedby": "desk-find-hint" });
  const said = h("p", { class: "desk-said", role: "status", "aria-label": texts.searchMessage });
  const rows = h("tbody");
  const results = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.results, hidden: true },
    h("table", { "aria-label": texts.results }, h("thead", null, h("tr", null, ...texts.resultColumns.map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, h("span", { class: "unseen" }, texts.show)))), rows),
  );
  const detail = h("section", { class: "desk-detail", hidden: true });
  let asks = 0;
  let shown = "";
  /** @type {Element|null} what had the focus before */
  let before = null;

  async function search(quiet = false) {
    const ask = ++asks;
    try {
      const found = await http.get(`/admin/transactions?season=${encodeURIComponent(season)}&limit=20&q=${encodeURIComponent(query.value.trim())}`, 15_000);
      if (ask !== asks) return;
      /** @type {DeskTransaction[]} */
      const all = found.transactions;
      if (!quiet) {
        text(said, texts.found(all.length, found.next !== null));
        shown = ""; // an earlier sale that is still open could be taken for what was found
        show(detail, false);
      }
      show(results, all.length > 0);
      rows.replaceChildren(
        ...all.map((t) =>
          h(
            "tr",
            null,
            h("td", null, when(t.createdAt, clock.now())),
            h("td", { dir: "auto" }, t.holder || t.email || texts.noName),
            h("td", null, list(t.seats)),
            h("td", null, money(t.total, t.currency)),
            h("td", null, stateOf(t)),
            h("td", null, h("button", { type: "button", class: "button quiet", "aria-label": texts.showOf(t.seats.join(", ")), onclick: () => open(t.id) }, texts.show)),
          ),
        ),
      );
      if (all.length === 1 && !quiet) open(all[0].id, true);
    } catch (problem) {
      if (ask === asks && !quiet) text(said, deskWords(/** @type {http.Problem} */ (problem)));
    }
  }

  /**
   * @param {string} id
   * @param {boolean} [stay] whether the focus stays where it is
   */
  async function open(id, stay = false) {
    if (!stay) before = document.activeElement;
    shown = id;
    try {
      /** @type {DeskTransaction} */
      const t = await http.get(`/admin/transactions/${encodeURIComponent(id)}`);
      if (shown !== id) return;
      draw(t, stay);
    } catch (problem) {
      text(said, deskWords(/** @type {http.Problem} */ (problem)));
    }
  }

  /** @param {DeskTransaction} t @param {boolean} stay */
  function draw(t, stay) {
    const heading = h("h4", null, texts.detailOf(list(t.seats)));
    const at = `/admin/transactions/${t.id}`;
    // A sale may have a seat twice: refunded, and moved to later. Lines and tickets have the same order.
    const tickets = t.tickets.slice();
    const status = t.lines.map((line) => {
      const at = tickets.findIndex((ticket) => ticket.seatNumber === line.seatNumber);
      if (at < 0) return "";
      const [ticket] = tickets.splice(at, 1);
      return texts.ticketStates[/** @type {"valid"} */ (ticket.status)] ?? ticket.status;
    });
    /** @type {[string, string|null][]} */
    const facts = [
      [texts.facts.state, stateOf(t)],
      [texts.facts.holder, t.holder || null],
      [texts.facts.email, t.email],
      [texts.facts.total, money(t.total, t.currency)],
      [texts.facts.refunded, t.refunded ? money(t.refunded, t.currency) : null],
      [texts.facts.at, when(t.completedAt ?? t.createdAt, clock.now())],
      [texts.facts.sold, t.desk ? texts.soldBy(t.desk.by, texts.methods[/** @type {"cash"} */ (t.desk.method)] ?? t.desk.method) : texts.soldOnline],
      [texts.facts.reference, t.desk?.reference ?? null],
      [texts.facts.allotment, t.desk?.allotment ?? null],
      [texts.facts.listTotal, t.desk?.listTotal ? money(t.desk.listTotal, t.currency) : null],
      [texts.facts.order, t.id],
    ];
    const valid = t.tickets.some((ticket) => ticket.status !== "void");
    detail.replaceChildren(
      heading,
      h("dl", null, ...facts.filter(([, value]) => value !== null).flatMap(([name, value]) => [h("dt", null, name), h("dd", null, h("bdi", null, value))])),
      h("ul", { "aria-label": texts.seatsOf }, ...t.lines.map((line, i) => h("li", null, texts.line(line.seatNumber, line.category, line.type, money(line.price, t.currency), status[i])))),
      h(
        "div",
        { class: "actions" },
        ...(valid ? [h("a", { class: "button", href: `${at}/print`, target: "_blank", rel: "noopener" }, texts.printTickets)] : []),
        ...(t.tickets.length ? [h("a", { class: "button", href: `${at}/receipt`, target: "_blank", rel: "noopener" }, texts.printReceipt)] : []),
        h("button", { type: "button", class: "button quiet", onclick: () => close() }, texts.close),
      ),
      ...deskChanges(t, (words) => {
        text(said, words);
        open(t.id); // and not on the form, which is gone
        search(true);
      }),
    );
    detail.setAttribute("aria-label", heading.textContent ?? "");
    show(detail, true);
    if (!stay) {
      focus(heading);
      detail.scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    shown = "";
    show(detail, false);
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else query.focus();
  }

  const element = h(
    "section",
    { class: "card desk-find", "aria-label": texts.find },
    h("h3", null, texts.find),
    h(
      "form",
      {
        class: "desk-row",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          search();
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "desk-find" }, texts.findLabel), query),
      h("button", { type: "submit", class: "button" }, texts.search),
    ),
    h("p", { class: "fine", id: "desk-find-hint" }, texts.findHint),
    said,
    results,
    detail,
  );
  return {
    element,
    /** Reads the list again, if it is shown. */
    refresh: () => !results.hidden && search(true),
  };
}

/** @param {DeskTransaction} t */
function stateOf(t) {
  const state = texts.states[/** @type {"completed"} */ (t.status)] ?? t.status;
  if (t.status !== "cancelled") return state;
  return t.reason === "refunded" ? texts.states.refunded : state;
}
