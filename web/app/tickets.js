// @ts-check
import * as http from "./http.js";
import { tickets as texts } from "./texts/chosen.js";

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
      this.store.set({ tickets, unsettled: purchases.filter((purchase) => purchase.status === "pending"), purchases });
    } catch (problem) {
      this.notices.fail(problem);
    }
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
