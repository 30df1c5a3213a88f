// @ts-check
import * as storage from "./storage.js";
import { newKey } from "../../clients/js/src/purchase.js";
import { cart as texts } from "./texts/chosen.js";

/**
 * One purchase at a time. The client sends it until it is settled; the page keeps it
 * over a reload and shows how it goes.
 *
 * @typedef {import("../../clients/js/wire.js").Transaction} Transaction
 * @typedef {import("./types/app.js").Purchase} Purchase
 */

export class Purchases {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("../../clients/js/src/usher.js").Usher} connection
   * @param {import("./notices.js").Notices} notices
   * @param {(transaction: Transaction) => void} bought
   */
  constructor(store, connection, notices, bought) {
    this.store = store;
    this.connection = connection;
    this.notices = notices;
    this.bought = bought;
    /** Whether a purchase is not settled yet. */
    this.busy = false;
  }

  /** @param {string} token */
  begin(token) {
    const { user, season, cart } = this.store.state;
    if (this.busy || !user || !season || !cart?.seats.length) return;
    this.notices.dismiss();
    this.buy({
      user: user.id,
      season: season.id,
      key: newKey(),
      seats: cart.seats.map((seat) => seat.seatNumber),
      payment: { method: token.startsWith("pm_") ? "stripe" : "sandbox", token },
      transaction: null,
    });
  }

  /** Continues a purchase that a reload or a sign-in interrupted. Called at each welcome. */
  resume() {
    const { user, season } = this.store.state;
    if (this.busy || !user || !season) return;
    const kept = storage.purchase(season.id, user.id);
    if (kept) this.buy(kept);
  }

  /** @param {Purchase} purchase */
  async buy(purchase) {
    this.busy = true;
    try {
      const bought = await this.connection.buy(purchase, { keep: (kept) => this.keep(kept) });
      this.busy = false;
      this.bought(bought);
    } catch (thrown) {
      this.busy = false;
      const problem = /** @type {import("./http.js").Problem} */ (thrown);
      if (problem.code === "stopped") return;
      if (problem.code === "cancelled") this.store.set({ notice: { kind: "error", text: texts.cancelled(problem.detail), place: "cart" } });
      else this.notices.fail(problem, "cart");
    }
  }

  /**
   * Follows a transaction that no request of this page answers: a purchase at another
   * window of the fan's. Those of this page's own purchase are the client's.
   *
   * @param {Transaction} transaction
   */
  settle(transaction) {
    if (!this.busy && transaction.status === "completed") this.bought(transaction);
  }

  /** @param {Purchase|null} purchase */
  keep(purchase) {
    storage.keepPurchase(purchase);
    this.store.set({ paying: purchase ? (purchase.transaction ? "pending" : "asking") : "none" });
  }
}
