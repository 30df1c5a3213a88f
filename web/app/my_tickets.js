// @ts-check
import * as http from "./http.js";
import { explain } from "./explain.js";

/**
 * Reads the caller's tickets page by page.
 *
 * @param {string} season as a query
 * @returns {Promise<any[]>}
 */
async function everyTicket(season) {
  const all = [];
  let cursor = "";
  do {
    const page = await http.get(`/tickets?${season}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...page.tickets);
    cursor = page.next ?? "";
  } while (cursor);
  return all;
}

/** The caller's tickets and purchases: reads them, and gives them back. */
export class Tickets {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
  }

  async read() {
    const season = `season=${encodeURIComponent(this.store.state.config.season)}`;
    try {
      const [tickets, transactions] = await Promise.all([everyTicket(season), http.get(`/transactions?${season}`)]);
      this.store.set({
        tickets,
        unsettled: transactions.transactions.filter((/** @type {any} */ t) => t.status === "pending"),
        purchases: transactions.transactions,
      });
    } catch (problem) {
      this.say("error", explain(/** @type {http.Problem} */ (problem)));
    }
  }

  /** Reads the tickets again if they are known: a page that never showed them need not. */
  async refresh() {
    if (this.store.state.tickets !== null) await this.read();
  }

  /**
   * @param {import("./types/app.js").Notice["kind"]} kind
   * @param {string} text
   */
  say(kind, text) {
    this.store.set({ notice: { kind, text } });
  }

  /**
   * Gives a purchase back, wholly or some of its seats. Asking again after a lost
   * answer changes nothing more.
   *
   * @param {string} transaction
   * @param {string[]} seats
   * @param {boolean} all whether that is all that is left of it
   * @returns {Promise<boolean>} whether it was given back
   */
  async giveBack(transaction, seats, all) {
    const path = `/transactions/${encodeURIComponent(transaction)}/cancel`;
    const ask = () => http.call("POST", path, all ? {} : { json: { seats } });
    let done = true;
    try {
      await ask().catch((/** @type {http.Problem} */ problem) => {
        if (problem.code === "disconnected") return ask();
        throw problem;
      });
      this.say("info", `${seats.length === 1 ? "Seat" : "Seats"} ${seats.join(", ")} ${seats.length === 1 ? "was" : "were"} given back. The money goes back the way it was paid.`);
    } catch (problem) {
      done = false;
      this.say("error", explain(/** @type {http.Problem} */ (problem)));
    }
    await this.refresh();
    return done;
  }
}

/** @param {import("./types/wire.js").Transaction} transaction */
export function givenBack(transaction) {
  return transaction.reason === "refunded" || transaction.tickets.some((ticket) => ticket.status === "void");
}
