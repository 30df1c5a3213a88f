// @ts-check
import { fullJitter } from "./backoff.js";
import { Problem } from "./http.js";
import { isPassing } from "./retry.js";

/**
 * One purchase under one idempotency key, until it is settled: after a lost answer, a
 * broken link or a restart of the program, the same purchase is sent again instead of
 * a second one.
 *
 * @typedef {import("../wire.js").Transaction} Transaction
 *
 * What is bought. Kept unchanged until the purchase is settled, so that it can be sent again.
 * @typedef {object} Order
 * @property {string} key the idempotency key
 * @property {string[]} seats
 * @property {import("../wire.js").Payment} payment without a token, the buyer pays on a page of the method
 * @property {string|null} [transaction] its id, once an answer named it
 *
 * @typedef {object} Link
 * @property {() => boolean} usable whether requests can be sent
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {(id: string) => Promise<Transaction>} transaction reads a purchase
 */

/** @returns {string} a random idempotency key */
export function newKey() {
  // randomUUID is missing where a page was not loaded over https.
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** @template {Order} O */
export class Purchase {
  /**
   * @param {Link} link
   * @param {O} order
   * @param {(order: O|null) => void} keep called with what must be kept until the purchase is settled, before anything is sent; then with null
   * @param {(next: import("../wire.js").Next, transaction: Transaction) => void} [next] called with the page on which the buyer pays or approves the payment, once for each page
   */
  constructor(link, order, keep, next = () => {}) {
    this.link = link;
    this.order = order;
    this.keep = keep;
    this.next = next;
    this.page = "";
    this.settled = false;
    this.asking = false;
    this.attempt = 0;
    /** @type {ReturnType<typeof setTimeout>|number} */
    this.retryTimer = 0;
    /** The completed transaction; rejects with a Problem when nothing was bought. @type {Promise<Transaction>} */
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    keep(order);
  }

  /** Sends the purchase, or asks what became of it. */
  async ask() {
    if (this.settled || this.asking) return;
    clearTimeout(this.retryTimer);
    this.asking = true;
    try {
      const { key, seats, payment } = this.order;
      const answer = await this.link.request("purchase", { key, seats, payment });
      this.asking = false;
      this.heard(answer.transaction, true);
    } catch (problem) {
      this.asking = false;
      await this.failed(/** @type {Problem} */ (problem));
    }
  }

  /** @param {Problem} problem */
  async failed(problem) {
    if (this.settled) return;
    if (isPassing(problem)) {
      // Without a link the next welcome asks again.
      if (this.link.usable()) this.askLater(problem.retryAfterMs);
      return;
    }
    if (this.order.transaction) {
      // The fan's place has ended, but the purchase may have succeeded: reads its record.
      try {
        this.heard(await this.link.transaction(this.order.transaction), true);
        return;
      } catch (second) {
        if (isPassing(second)) {
          this.askLater(second.retryAfterMs);
          return;
        }
      }
    }
    this.end(() => this.reject?.(problem));
  }

  /** @param {number|null} retryAfterMs what the server asked to wait at least */
  askLater(retryAfterMs) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.ask(), Math.max(2000, retryAfterMs ?? 0) + fullJitter(this.attempt++));
  }

  /**
   * Takes a transaction from an answer or from a later message.
   *
   * @param {Transaction} transaction
   * @param {boolean} [asked] whether it answers a request about this purchase
   */
  heard(transaction, asked = false) {
    const known = this.order.transaction ?? null;
    // Until its id is known a purchase is recognised by its seats. A cancelled one is
    // not: it may be an earlier attempt, with another card.
    const ours = asked || known === transaction.id || (known === null && transaction.status !== "cancelled" && sameSeats(this.order.seats, transaction.seats));
    if (this.settled || !ours) return;
    switch (transaction.status) {
      case "pending":
        this.order = { ...this.order, transaction: transaction.id };
        this.keep(this.order);
        if (transaction.next && transaction.next.url !== this.page) {
          this.page = transaction.next.url;
          this.next(transaction.next, transaction);
        }
        // The server sends a message when it settles; asking again covers a lost message.
        clearTimeout(this.retryTimer);
        this.retryTimer = setTimeout(() => this.ask(), 8000 + fullJitter(2));
        return;
      case "completed":
        this.end(() => this.resolve?.(transaction));
        return;
      case "cancelled":
        this.end(() => this.reject?.(new Problem(/declin/.test(transaction.reason) ? "payment_declined" : "cancelled", transaction.reason)));
    }
  }

  /** @param {() => void} settle */
  end(settle) {
    this.settled = true;
    clearTimeout(this.retryTimer);
    this.keep(null);
    settle();
  }

  /** Stops asking without settling: what was kept stays kept, and a later purchase can continue from it. */
  stop() {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.retryTimer);
    this.reject?.(new Problem("stopped", ""));
  }
}

/**
 * @param {string[]} a
 * @param {string[]} b
 */
function sameSeats(a, b) {
  return a.length === b.length && [...a].sort().join("\n") === [...b].sort().join("\n");
}
