// @ts-check
import * as http from "./http.js";
import { keptFor } from "./kept_cache.js";
import { list } from "./format.js";
import { announce } from "./views/announcer.js";
import { tickets as texts } from "./texts/chosen.js";

/** How many other seasons are read for their tickets. */
const seasonsRead = 10;

/** The caller's tickets and purchases: reads them, and asks for refunds. */
export class Tickets {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("../../clients/js/src/usher.js").Usher} connection
   * @param {import("./notices.js").Notices} notices
   */
  constructor(store, connection, notices) {
    this.store = store;
    this.connection = connection;
    this.notices = notices;
  }

  async read() {
    const season = `season=${encodeURIComponent(this.store.state.config.season)}`;
    try {
      const [tickets, page] = await Promise.all([this.connection.tickets(), http.get(`/transactions?${season}`)]);
      /** @type {import("../../clients/js/wire.js").Transaction[]} */
      const purchases = page.transactions;
      const ticketSeasons = await this.seasonsOf(tickets);
      this.store.set({ tickets, ticketSeasons, ticketsAsOf: 0, unsettled: purchases.filter((purchase) => purchase.status === "pending"), purchases });
      this.keep();
    } catch (thrown) {
      const problem = /** @type {http.Problem} */ (thrown);
      if (this.store.state.tickets === null && ["disconnected", "unavailable", "draining"].includes(problem.code) && (await this.recall())) return;
      this.notices.fail(problem);
    }
  }

  /**
   * The seasons of the tickets: a ticket says when and where its event is.
   *
   * @param {import("../../clients/js/wire.js").Ticket[]} tickets
   * @returns {Promise<Record<string, import("./types/app.js").KnownSeason>>} by id
   */
  async seasonsOf(tickets) {
    const { season, ticketSeasons } = this.store.state;
    const known = { ...ticketSeasons };
    if (season) known[season.id] = season;
    const others = [...new Set(tickets.map((ticket) => ticket.season))].filter((id) => !known[id]).slice(0, seasonsRead);
    await Promise.all(
      others.map(async (id) => {
        // Without it the ticket shows the season's id.
        const read = await http.get(`/seasons/${encodeURIComponent(id)}`).catch(() => null);
        if (read) known[id] = read;
      }),
    );
    return known;
  }

  /** Keeps the tickets on this device, for the gate without a network. */
  keep() {
    const { user, tickets, ticketSeasons } = this.store.state;
    if (!user || !tickets) return;
    const still = () => this.store.state.user?.id === user.id;
    // Its code is loaded when there is something to keep.
    import("./kept_tickets.js").then(({ keepTickets }) => keepTickets(user.id, tickets, ticketSeasons, still)).catch(() => {});
  }

  /** Shows what is kept on this device. @returns {Promise<boolean>} whether there is anything */
  async recall() {
    const kept = await keptFor(this.store.state.user?.id);
    if (!kept) return false;
    this.store.set({ tickets: kept.tickets, ticketSeasons: kept.seasons, ticketsAsOf: kept.at });
    return true;
  }

  /**
   * Follows a check-in at the gate.
   *
   * @param {import("../../clients/js/wire.js").Transaction} transaction
   */
  checkedIn(transaction) {
    const { tickets } = this.store.state;
    if (!tickets) return;
    const now = new Map(transaction.tickets.map((ticket) => [ticket.id, ticket.status]));
    const changed = tickets.filter((ticket) => now.get(ticket.id) === "used" && ticket.status !== "used");
    if (changed.length === 0) return;
    this.store.set({ tickets: tickets.map((ticket) => ({ ...ticket, status: now.get(ticket.id) ?? ticket.status })) });
    announce(texts.checkedIn(list(changed.map((ticket) => ticket.seatNumber))));
    this.keep();
  }

  /** Reads the tickets again if the page has shown them before. */
  async refresh() {
    if (this.store.state.tickets !== null) await this.read();
  }

  /**
   * Refunds a purchase, or some of its seats. Sending the request again after a
   * lost answer changes nothing more.
   *
   * @param {string} transaction
   * @param {string[]} seats
   * @param {boolean} all whether these are all the seats left of it
   * @returns {Promise<boolean>} whether it was refunded
   */
  async refund(transaction, seats, all) {
    const path = `/transactions/${encodeURIComponent(transaction)}/cancel`;
    const send = () => http.call("POST", path, all ? {} : { json: { seats } });
    let refunded = true;
    try {
      await send().catch((/** @type {http.Problem} */ problem) => {
        if (problem.code === "disconnected") return send();
        throw problem;
      });
      this.notices.show("info", texts.givenBack(seats));
    } catch (problem) {
      refunded = false;
      this.notices.fail(problem);
    }
    await this.refresh();
    return refunded;
  }
}

/**
 * Whether a purchase was refunded, wholly or in part.
 *
 * @param {import("../../clients/js/wire.js").Transaction} transaction
 */
export function hasRefund(transaction) {
  return transaction.reason === "refunded" || transaction.tickets.some((ticket) => ticket.status === "void");
}

/**
 * Whether a ticket of a purchase was checked in at the gate.
 *
 * @param {import("../../clients/js/wire.js").Transaction} transaction
 */
export function hasUse(transaction) {
  return transaction.tickets.some((ticket) => ticket.status === "used");
}
