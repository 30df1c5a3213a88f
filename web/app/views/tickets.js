// @ts-check
import { focus, h, show, text } from "../dom.js";
import { dateTime, isToday, money, when } from "../format.js";
import { cart as cartTexts, tickets as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { eventFacts } from "./event_facts.js";
import { purchaseDoneView } from "./purchase_done.js";
import { ask } from "./question_dialog.js";
import { saleOf } from "./sale_state.js";
import { paperLinks, ticketCard } from "./ticket_card.js";
import { showCode } from "./ticket_code.js";

/** @typedef {import("../../../clients/js/wire.js").Ticket} Ticket */

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
  const asOf = h("p", { class: "note", role: "status", hidden: true });
  const element = h("section", { class: "my-tickets" }, heading, done.element, unsettled, reading, empty, asOf, list);
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;
  /** @type {ReturnType<typeof showCode>|null} */
  let shown = null;
  let drawn = "";
  office.tickets.read();

  /**
   * @param {Group} group
   * @param {import("../types/app.js").State} state
   */
  function purchase(group, state) {
    const { season } = state;
    const here = group.tickets[0].season === season?.id;
    const own = (here ? season : null) ?? state.ticketSeasons[group.tickets[0].season] ?? null;
    const name = own?.name ?? group.tickets[0].season;
    const event = eventFacts("");
    event.update(own);
    const transaction = state.purchases.find((t) => t.id === group.id);
    const path = `/transactions/${encodeURIComponent(group.id)}`;
    const used = group.tickets.some((ticket) => ticket.status === "used");
    const cancelled = here && saleOf(state)?.cancelled === true;
    const refunds = here && season?.refunds === true;
    const printable = group.tickets.filter((ticket) => ticket.status !== "void");
    /** @param {Ticket[]} tickets the money that comes back for them, if it is known */
    const paid = (tickets) => {
      if (tickets.every((ticket) => ticket.currency)) return money(tickets.reduce((sum, ticket) => sum + ticket.price, 0), tickets[0].currency);
      return transaction && tickets.length === group.tickets.length ? money(transaction.total, transaction.currency) : null;
    };
    /** @param {Ticket[]} tickets */
    const back = (tickets) => async () => {
      const all = tickets.length === group.tickets.filter((ticket) => ticket.status !== "void").length;
      let given = false;
      asked = confirmation(tickets, paid(tickets), async () => {
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
      event.element,
      h(
        "div",
        { class: "tickets" },
        ...group.tickets.map((ticket) =>
          ticketCard(ticket, name, Boolean(own?.startsAt), () => open(printable, ticket), refunds && ticket.status === "valid" ? back([ticket]) : null, cancelled),
        ),
      ),
      group.valid.length && here && season?.refunds === false ? h("p", { class: "fine" }, texts.noRefunds) : null,
      !here && group.valid.length
        ? h("p", { class: "fine" }, texts.otherSale[0], h("a", { href: `/?season=${encodeURIComponent(group.tickets[0].season)}#tickets` }, texts.openSale(name)), texts.otherSale[1])
        : null,
    );
  }

  /**
   * Shows a code on the whole screen, and follows it while it is open.
   *
   * @param {Ticket[]} tickets
   * @param {Ticket} first
   */
  async function open(tickets, first) {
    shown?.close();
    const screen = (shown = showCode(tickets, first));
    await screen.closed;
    if (shown === screen) shown = null;
    // The pressed button may have been drawn again in between.
    if (document.activeElement === document.body) focus(heading);
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
        state.unsettled.map((t) => t.id),
        state.season,
        saleOf(state)?.cancelled,
        state.ticketSeasons,
        state.ticketsAsOf,
      ]);
      if (next === drawn) return;
      drawn = next;
      shown?.update(tickets ?? []);
      show(asOf, state.ticketsAsOf > 0);
      text(asOf, state.ticketsAsOf > 0 ? texts.offline(dateTime(state.ticketsAsOf)) : "");
      list.replaceChildren(...grouped(tickets ?? []).map((group) => purchase(group, state)));
      unsettled.replaceChildren(
        ...state.unsettled.map((t) =>
          h(
            "div",
            { class: "note" },
            h("p", null, texts.pending(t.seats, t.total, t.currency)),
            t.next
              ? h(
                  "div",
                  { class: "actions" },
                  h("a", { class: "button primary", href: t.next.url, "data-live": "" }, cartTexts.goToPage),
                  h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => office.purchases.giveUp(t.id) }, cartTexts.giveUp),
                )
              : null,
          ),
        ),
      );
    },
    tick: done.tick,
    dispose() {
      asked?.close();
      shown?.close();
      done.dispose?.();
    },
  };
}
