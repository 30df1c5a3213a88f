// @ts-check
import * as storage from "./storage.js";
import * as http from "./http.js";
import { explain } from "./explain.js";
import { fullJitter } from "./backoff.js";
import { cart as texts } from "./texts/en.js";

/**
 * One purchase at a time, under one random idempotency key that is kept until the
 * purchase is settled: after a reload, a lost answer or a broken link the page sends
 * the same purchase again instead of a second one.
 *
 * @typedef {import("./types/wire.js").Transaction} Transaction
 * @typedef {import("./types/app.js").Purchase} Purchase
 */

/** Errors after which the outcome is unknown: the page asks again with the same key. */
const unsettled = new Set(["disconnected", "unavailable", "draining", "rate_limited", "internal"]);

export class Purchases {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./connection.js").Connection} connection
   * @param {import("./notices.js").Notices} notices
   * @param {(transaction: Transaction) => void} bought
   */
  constructor(store, connection, notices, bought) {
    this.store = store;
    this.connection = connection;
    this.notices = notices;
    this.bought = bought;
    /** @type {Purchase|null} */
    this.current = null;
    this.asking = false;
    this.retryTimer = 0;
    this.attempt = 0;
  }

  /** @param {string} token */
  begin(token) {
    const { user, season, cart } = this.store.state;
    if (this.current || !user || !season || !cart?.seats.length) return;
    this.keep({
      user: user.id,
      season: season.id,
      key: crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16)).join("-"),
      seats: cart.seats.map((seat) => seat.seatNumber),
      payment: { method: token.startsWith("pm_") ? "stripe" : "sandbox", token },
      transaction: null,
    });
    this.attempt = 0;
    this.notices.dismiss();
    this.ask();
  }

  /** Continues a purchase that a reload or a broken link interrupted. Called at each welcome. */
  resume() {
    const { user, season } = this.store.state;
    if (!user || !season) return;
    this.current ??= storage.purchase(season.id, user.id);
    if (this.current) this.ask();
  }

  async ask() {
    const purchase = this.current;
    if (!purchase || this.asking) return;
    clearTimeout(this.retryTimer);
    this.asking = true;
    this.store.set({ paying: purchase.transaction ? "pending" : "asking" });
    try {
      const { key, seats, payment } = purchase;
      const answer = await this.connection.request("purchase", { key, seats, payment });
      this.asking = false;
      this.settle(answer.transaction, true);
    } catch (problem) {
      this.asking = false;
      await this.failed(purchase, /** @type {http.Problem} */ (problem));
    }
  }

  /**
   * @param {Purchase} purchase
   * @param {http.Problem} problem
   */
  async failed(purchase, problem) {
    if (this.current !== purchase) return;
    if (unsettled.has(problem.code)) {
      // Without a link the next welcome asks again.
      if (this.connection.usable) this.askLater();
      return;
    }
    if (purchase.transaction) {
      // The fan's place has ended, but the purchase may have succeeded: reads its record.
      try {
        this.settle(await http.get(`/transactions/${encodeURIComponent(purchase.transaction)}`), true);
        return;
      } catch (second) {
        if (unsettled.has(/** @type {http.Problem} */ (second).code)) {
          this.askLater();
          return;
        }
      }
    }
    this.keep(null);
    this.notices.fail(problem);
  }

  askLater() {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.ask(), 2000 + fullJitter(this.attempt++));
  }

  /**
   * Takes a transaction from an answer or from a later message.
   *
   * @param {Transaction} transaction
   * @param {boolean} [asked] whether it answers a request about the current purchase
   */
  settle(transaction, asked = false) {
    const purchase = this.current;
    // Until its id is known a purchase is recognised by its seats. A cancelled one is
    // not: it may be an earlier attempt, with another card.
    const ours =
      purchase &&
      (asked ||
        purchase.transaction === transaction.id ||
        (purchase.transaction === null && transaction.status !== "cancelled" && sameSeats(purchase.seats, transaction.seats)));
    switch (transaction.status) {
      case "pending":
        if (purchase && ours) {
          this.keep({ ...purchase, transaction: transaction.id });
          // The server sends a message when it settles; asking again covers a lost message.
          clearTimeout(this.retryTimer);
          this.retryTimer = setTimeout(() => this.ask(), 8000 + fullJitter(2));
        }
        return;
      case "completed":
        if (ours) this.keep(null);
        if (ours || !purchase) this.bought(transaction);
        return;
      case "cancelled":
        if (!ours) return;
        this.keep(null);
        this.notices.show("error", /declin/.test(transaction.reason) ? explain({ code: "payment_declined" }) : texts.cancelled(transaction.reason));
    }
  }

  /** @param {Purchase|null} purchase */
  keep(purchase) {
    if (!purchase) clearTimeout(this.retryTimer);
    this.current = purchase;
    storage.keepPurchase(purchase);
    this.store.set({ paying: purchase ? (purchase.transaction ? "pending" : "asking") : "none" });
  }
}

/**
 * @param {string[]} a
 * @param {string[]} b
 */
function sameSeats(a, b) {
  return a.length === b.length && [...a].sort().join("\n") === [...b].sort().join("\n");
}
