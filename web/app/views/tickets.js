// @ts-check
import { focus, h, show } from "../dom.js";
import { isToday, money, when } from "../format.js";
import { tickets as texts } from "../texts/chosen.js";
import { shortCode } from "../ticket_code.js";
import * as clock from "../clock.js";
import { purchaseDoneView } from "./purchase_done.js";
import { ask } from "./question_dialog.js";

/** @typedef {import("../../../clients/js/wire.js").Ticket} Ticket */

/** A sign for each status, for people who cannot tell the colours apart. */
const signs = { valid: "✓", used: "●", void: "✕" };

/**
 * The tickets of one purchase, which are shown together.
 *
 * @typedef {object} Group
 * @property {string} id the transaction's
 * @property {Ticket[]} tickets
 * @property {Ticket[]} valid those that can be given back
 */

/**
 * @param {Ticket[]} tickets
 * @returns {Group[]} in the tickets' order
 */
function grouped(tickets) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const ticket of tickets) {
    const group = groups.get(ticket.transactionId) ?? { id: ticket.transactionId, tickets: [], valid: [] };
    group.tickets.push(ticket);
    if (ticket.status === "valid") group.valid.push(ticket);
    groups.set(ticket.transactionId, group);
  }
  return [...groups.values()];
}

/** @param {string} words for screen readers only */
const unseen = (words) => h("span", { class: "unseen" }, words);

/**
 * Links to paper: a page to print, and a PDF. A text is what is shown, and what
 * screen readers add.
 *
 * @param {string} print the page's address
 * @param {[string, string]} printText
 * @param {string} pdf the file's address
 * @param {[string, string]} pdfText
 */
const paperLinks = (print, printText, pdf, pdfText) => [
  h("a", { class: "button small", href: print }, printText[0], unseen(printText[1])),
  h("a", { class: "button small", href: pdf, target: "_blank", rel: "noopener" }, pdfText[0], unseen(pdfText[1])),
];

/**
 * @param {Ticket} ticket
 * @param {string} season its name
 * @param {(() => void)|null} giveBack null where the ticket cannot be given back
 */
function card(ticket, season, giveBack) {
  const path = `/tickets/${encodeURIComponent(ticket.id)}`;
  const back =
    giveBack && h("button", { type: "button", class: "button small quiet", "data-live": "", onclick: giveBack }, texts.giveBack, unseen(texts.giveBackSeat(ticket.seatNumber)));
  return h(
    "article",
    { class: `ticket ${ticket.status}`, "aria-label": texts.label(ticket.seatNumber) },
    h(
      "div",
      { class: "ticket-text" },
      h("p", { class: "eyebrow" }, h("bdi", null, season)),
      h("h4", null, h("bdi", null, ticket.seatNumber)),
      h("p", null, h("span", { class: `tag ${ticket.category.toLowerCase()}` }, h("bdi", null, ticket.category))),
      h("p", { class: "fine" }, h("bdi", null, ticket.holder)),
      h("p", { class: `ticket-status ${ticket.status}` }, h("span", { "aria-hidden": "true" }, `${signs[ticket.status] ?? ""} `), texts.statuses[ticket.status] ?? ticket.status),
      // A ticket that was given back must not be taken to the gate: it has no paper and no code.
      ticket.status === "void"
        ? null
        : h(
            "div",
            { class: "actions" },
            ...paperLinks(`${path}/print`, [texts.print, texts.printOf(ticket.seatNumber)], `${path}/ticket.pdf`, [texts.pdf, texts.pdfOf(ticket.seatNumber)]),
            back || null,
          ),
    ),
    ticket.status === "void"
      ? null
      : h(
          "div",
          { class: "ticket-code" },
          h("img", { class: "qr", src: `${path}/qr.svg`, alt: texts.qrCode(ticket.seatNumber), width: 264, height: 264 }),
          h("p", { "aria-label": texts.shortCode(shortCode(ticket.id)) }, shortCode(ticket.id)),
        ),
  );
}

/**
 * Asks once more before tickets are given back.
 *
 * @param {Ticket[]} tickets
 * @param {string|null} amount the money that comes back, where that is known
 * @param {() => Promise<unknown>} act
 */
function confirmation(tickets, amount, act) {
  return ask({
    title: texts.giveBackTitle(tickets.map((ticket) => ticket.seatNumber)),
    what: texts.giveBackWhat(tickets.length, amount),
    yes: texts.giveBack,
    no: texts.keep,
    act,
    acting: texts.givingBack,
  });
}

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function ticketsView(office) {
  const heading = h("h2", { class: "display" }, texts.title);
  const reading = h("p", { class: "note", role: "status" }, texts.reading);
  const empty = h("p", { class: "lead" }, texts.none);
  const unsettled = h("div");
  const list = h("div", { class: "purchases" });
  const done = purchaseDoneView(office);
  const element = h("section", { class: "my-tickets" }, heading, done.element, unsettled, reading, empty, list);
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;
  let drawn = "";
  office.tickets.read();

  /**
   * @param {Group} group
   * @param {import("../types/app.js").State} state
   */
  function purchase(group, state) {
    const { season } = state;
    const here = group.tickets[0].season === season?.id;
    const name = here ? (season?.name ?? "") : group.tickets[0].season;
    const transaction = state.purchases.find((t) => t.id === group.id);
    const path = `/transactions/${encodeURIComponent(group.id)}`;
    const used = group.tickets.some((ticket) => ticket.status === "used");
    const refunds = here && season?.refunds === true;
    const printable = group.tickets.filter((ticket) => ticket.status !== "void");
    const whole = transaction && printable.length === group.tickets.length ? money(transaction.total, transaction.currency) : null;
    /** @param {Ticket[]} tickets */
    const back = (tickets) => async () => {
      const all = tickets.length === group.tickets.filter((ticket) => ticket.status !== "void").length;
      let given = false;
      asked = confirmation(tickets, tickets.length === group.tickets.length ? whole : null, async () => {
        given = await office.tickets.refund(group.id, tickets.map((ticket) => ticket.seatNumber), all);
      });
      await asked.answer;
      // The pressed button is gone; a notice of a failure takes the focus itself.
      if (given) setTimeout(() => focus(heading));
    };
    return h(
      "section",
      { class: "purchase" },
      h(
        "div",
        { class: "purchase-head" },
        h("h3", null, texts.bought(boughtAt(group.tickets[0].issuedAt), group.tickets.length, transaction ? money(transaction.total, transaction.currency) : "")),
        printable.length > 1
          ? h(
              "div",
              { class: "actions" },
              ...paperLinks(`${path}/print`, [texts.printAll(printable.length), texts.ofAll], `${path}/tickets.pdf`, [texts.pdfAll(printable.length), texts.ofAll]),
              refunds && !used && group.valid.length > 1
                ? h("button", { type: "button", class: "button small quiet", "data-live": "", onclick: back(group.valid) }, texts.giveBackAll(group.valid.length))
                : null,
            )
          : null,
      ),
      h("div", { class: "tickets" }, ...group.tickets.map((ticket) => card(ticket, name, refunds && ticket.status === "valid" ? back([ticket]) : null))),
      group.valid.length && here && season?.refunds === false ? h("p", { class: "fine" }, texts.noRefunds) : null,
      !here && group.valid.length
        ? h("p", { class: "fine" }, texts.otherSale[0], h("a", { href: `/?season=${encodeURIComponent(group.tickets[0].season)}#tickets` }, texts.openSale(group.tickets[0].season)), texts.otherSale[1])
        : null,
    );
  }

  /** @param {string} moment */
  function boughtAt(moment) {
    return texts.boughtAt(when(moment, clock.now()), isToday(moment, clock.now()));
  }

  return {
    element,
    update(state) {
      const { tickets } = state;
      done.update(state);
      show(reading, tickets === null);
      show(empty, tickets !== null && tickets.length === 0 && state.unsettled.length === 0);
      const next = JSON.stringify([
        tickets?.map((t) => [t.id, t.status]),
        state.purchases.map((t) => [t.id, t.status]),
        state.season?.name,
        state.season?.refunds,
      ]);
      if (next === drawn) return;
      drawn = next;
      list.replaceChildren(...grouped(tickets ?? []).map((group) => purchase(group, state)));
      unsettled.replaceChildren(
        ...state.unsettled.map((t) =>
          h("p", { class: "note" }, texts.pending(t.seats, t.total, t.currency)),
        ),
      );
    },
    tick: done.tick,
    dispose() {
      asked?.close();
      done.dispose?.();
    },
  };
}
