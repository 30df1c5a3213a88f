// @ts-check
import { focus, h, show } from "../dom.js";
import { money, plural, when } from "../format.js";
import * as clock from "../clock.js";
import { ask } from "./ask.js";
import { doneView } from "./done.js";

/** @typedef {import("../types/wire.js").Ticket} Ticket */

const words = { valid: "Valid", used: "Used: you are in", void: "Given back: not valid any more" };
const signs = { valid: "✓", used: "●", void: "✕" };

/**
 * A purchase's tickets, as they are shown together.
 *
 * @typedef {object} Group
 * @property {string} id the transaction's
 * @property {Ticket[]} tickets
 * @property {Ticket[]} valid those that can still be given back
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
 * Links to paper: a page to print, and a PDF.
 *
 * @param {string} path of what is printed
 * @param {string} pdf its file's name
 * @param {string} all what of a purchase that is, when it is more than one ticket
 * @param {string} of what it is, for whoever hears the link alone
 */
function paper(path, pdf, all, of) {
  const unseen = (/** @type {string} */ words) => h("span", { class: "unseen" }, words);
  return [
    h("a", { class: "button small", href: `${path}/print` }, all ? `Print ${all}` : "Print", unseen(` ${of}`)),
    h("a", { class: "button small", href: `${path}/${pdf}`, target: "_blank", rel: "noopener" }, all ? `PDF of ${all}` : "PDF", unseen(all ? ` ${of}` : ` of ${of}`)),
  ];
}

/**
 * @param {Ticket} ticket
 * @param {string} season its name
 * @param {(() => void)|null} giveBack null where that cannot be
 */
function card(ticket, season, giveBack) {
  const path = `/tickets/${encodeURIComponent(ticket.id)}`;
  const back =
    giveBack && h("button", { type: "button", class: "button small quiet", onclick: giveBack }, "Give back", h("span", { class: "unseen" }, ` seat ${ticket.seatNumber}`));
  return h(
    "article",
    { class: `ticket ${ticket.status}`, "aria-label": `Ticket ${ticket.seatNumber}` },
    h(
      "div",
      { class: "ticket-text" },
      h("p", { class: "eyebrow" }, h("bdi", null, season)),
      h("h4", null, ticket.seatNumber),
      h("p", null, h("span", { class: `tag ${ticket.category.toLowerCase()}` }, ticket.category)),
      h("p", { class: "fine" }, h("bdi", null, ticket.holder)),
      h("p", { class: `ticket-status ${ticket.status}` }, h("span", { "aria-hidden": "true" }, `${signs[ticket.status] ?? ""} `), words[ticket.status] ?? ticket.status),
      // Nobody should stand at the gate with a ticket that was given back.
      ticket.status === "void" ? null : h("div", { class: "actions" }, ...paper(path, "ticket.pdf", "", `ticket ${ticket.seatNumber}`), back || null),
    ),
    ticket.status === "void"
      ? null
      : h("img", { class: "qr", src: `${path}/qr.svg`, alt: `QR code for seat ${ticket.seatNumber}`, width: 264, height: 264 }),
  );
}

/**
 * Asks once more, in plain words, before something is given back.
 *
 * @param {Ticket[]} tickets
 * @param {string|null} amount what comes back, where that is known
 * @param {() => Promise<unknown>} act
 */
function confirmation(tickets, amount, act) {
  const seats = tickets.map((ticket) => ticket.seatNumber).join(", ");
  const one = tickets.length === 1;
  return ask({
    title: `Give back ${one ? "seat" : "seats"} ${seats}?`,
    what:
      `${one ? "The ticket stops" : "The tickets stop"} being valid at once, also printed ones, and the ${one ? "seat goes" : "seats go"} on sale again. ` +
      `You get ${amount ?? `what you paid for ${one ? "it" : "them"}`} back the way you paid. This cannot be undone.`,
    yes: "Give back",
    no: "Keep",
    act,
    acting: "Giving back…",
  });
}

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function ticketsView(office) {
  const heading = h("h2", { class: "display" }, "Your tickets");
  const reading = h("p", { class: "note", role: "status" }, "Reading your tickets…");
  const empty = h("p", { class: "lead" }, "You have no tickets yet.");
  const unsettled = h("div");
  const list = h("div", { class: "purchases" });
  const done = doneView(office);
  const element = h("section", { class: "my-tickets" }, heading, done.element, unsettled, reading, empty, list);
  /** @type {import("./ask.js").Asked|null} */
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
    const used = group.tickets.some((ticket) => ticket.status === "used");
    const refunds = here && season?.refunds === true;
    const printable = group.tickets.filter((ticket) => ticket.status !== "void");
    const whole = transaction && printable.length === group.tickets.length ? money(transaction.total, transaction.currency) : null;
    /** @param {Ticket[]} tickets */
    const back = (tickets) => async () => {
      const all = tickets.length === group.tickets.filter((ticket) => ticket.status !== "void").length;
      let given = false;
      asked = confirmation(tickets, tickets.length === group.tickets.length ? whole : null, async () => {
        given = await office.tickets.giveBack(group.id, tickets.map((ticket) => ticket.seatNumber), all);
      });
      await asked.answer;
      // The button that was pressed is gone; what went wrong takes the focus itself.
      if (given) setTimeout(() => focus(heading));
    };
    const seats = plural(group.tickets.length, "seat", "seats");
    return h(
      "section",
      { class: "purchase" },
      h(
        "div",
        { class: "purchase-head" },
        h("h3", null, `Bought ${boughtAt(group.tickets[0].issuedAt)}: ${seats}${transaction ? `, ${money(transaction.total, transaction.currency)}` : ""}`),
        printable.length > 1
          ? h(
              "div",
              { class: "actions" },
              ...paper(`/transactions/${encodeURIComponent(group.id)}`, "tickets.pdf", `all ${printable.length}`, "tickets"),
              refunds && !used && group.valid.length > 1
                ? h("button", { type: "button", class: "button small quiet", onclick: back(group.valid) }, `Give back all ${group.valid.length}`)
                : null,
            )
          : null,
      ),
      h("div", { class: "tickets" }, ...group.tickets.map((ticket) => card(ticket, name, refunds && ticket.status === "valid" ? back([ticket]) : null))),
      group.valid.length && here && season?.refunds === false ? h("p", { class: "fine" }, "Tickets of this sale cannot be given back.") : null,
      !here && group.valid.length
        ? h("p", { class: "fine" }, "These are for another sale: ", h("a", { href: `/?season=${encodeURIComponent(group.tickets[0].season)}#tickets` }, `open ${group.tickets[0].season}`), ".")
        : null,
    );
  }

  /** @param {string} moment */
  function boughtAt(moment) {
    const said = when(moment, clock.now());
    return said.length < 6 ? `today at ${said}` : said;
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
          h("p", { class: "note" }, `A purchase of ${plural(t.seats.length, "seat", "seats")} (${t.seats.join(", ")}) for ${money(t.total, t.currency)} is still being confirmed. The seats are yours until we know.`),
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
