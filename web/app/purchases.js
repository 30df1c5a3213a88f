// @ts-check
import * as http from "./http.js";
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

/** Stands for the payment page where a card's token is chosen. */
export const onPage = "page";

/** Between two questions for the purchase that the fan came back to, in ms. */
const followEvery = 4000;

export class Purchases {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("../../clients/js/src/usher.js").Usher} connection
   * @param {import("./notices.js").Notices} notices
   * @param {(transaction: Transaction) => void} bought
   * @param {() => void} [ended] called when a purchase ended without tickets
   * @param {(url: string) => void} [leave] goes to a page of the payment provider
   */
  constructor(store, connection, notices, bought, ended = () => {}, leave = (url) => location.assign(url)) {
    this.store = store;
    this.connection = connection;
    this.notices = notices;
    this.bought = bought;
    this.ended = ended;
    this.leave = leave;
    /** The purchase that the fan came back to from a payment page, while it is pending here. */
    this.followed = "";
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
      payment: token === onPage ? { method: "stripe" } : { method: token.startsWith("pm_") ? "stripe" : "sandbox", token },
      transaction: null,
    }, true);
  }

  /** Continues a purchase that a reload or a sign-in interrupted. Called at each welcome. */
  resume() {
    const { user, season } = this.store.state;
    if (this.busy || !user || !season) return;
    const kept = storage.purchase(season.id, user.id);
    if (kept) this.buy(kept);
  }

  /**
   * @param {Purchase} purchase
   * @param {boolean} [pressed] whether the fan has just pressed: then the page goes on by itself to where the fan pays
   */
  async buy(purchase, pressed = false) {
    this.busy = true;
    try {
      const bought = await this.connection.buy(purchase, {
        keep: (kept) => this.keep(kept),
        next: (next, transaction) => this.waits(next, transaction.id, pressed),
      });
      this.busy = false;
      this.bought(bought);
    } catch (thrown) {
      this.busy = false;
      const problem = /** @type {import("./http.js").Problem} */ (thrown);
      if (problem.code === "stopped") return;
      if (problem.detail === "payment_cancelled") this.notices.show("info", texts.gaveUp);
      else if (problem.code === "cancelled") this.store.set({ notice: { kind: "error", text: texts.cancelled(problem.detail), place: this.place() } });
      else this.notices.fail(problem, this.place());
      this.ended();
    }
  }

  /**
   * Shows where the fan pays, and goes there.
   *
   * @param {import("../../clients/js/wire.js").Next} next
   * @param {string} transaction
   * @param {boolean} go
   */
  waits(next, transaction, go) {
    if (!/^https?:\/\//.test(next.url)) return;
    this.store.set({ payPage: { ...next, transaction } });
    if (go) this.leave(next.url);
  }

  /**
   * Ends a purchase that waits for the fan at a payment page. What was paid in the
   * meantime stays bought.
   *
   * @param {string} transaction
   * @returns {Promise<void>}
   */
  async giveUp(transaction) {
    this.notices.dismiss();
    try {
      const ended = await http.call("POST", `/transactions/${encodeURIComponent(transaction)}/cancel`);
      if (this.busy) this.connection.heard({ type: "transaction", transaction: ended });
      else this.outcome(ended);
    } catch (thrown) {
      this.notices.fail(/** @type {import("./http.js").Problem} */ (thrown), "cart");
    }
  }

  /**
   * Shows the outcome of the purchase that a payment page sent the fan back from. The
   * browser that comes back may be another than the one that bought.
   *
   * @param {string} transaction its id
   */
  async returned(transaction) {
    const { user, season } = this.store.state;
    const kept = user && season ? storage.purchase(season.id, user.id) : null;
    // That one is sent again until it is settled.
    if (kept?.transaction === transaction) return;
    this.followed = transaction;
    await this.follow();
  }

  async follow() {
    const id = this.followed;
    if (!id) return;
    const read = await this.connection.transaction(id).catch(() => undefined);
    if (this.followed !== id) return;
    if (read && read.status !== "pending") {
      this.outcome(read);
      return;
    }
    setTimeout(() => this.follow(), followEvery);
  }

  /** @returns {import("./types/app.js").Place|undefined} where the fan sees how a purchase ended: who came back from a payment page is at the tickets */
  place() {
    return this.store.state.route === "tickets" ? undefined : "cart";
  }

  /** @param {Transaction} transaction that is settled */
  outcome(transaction) {
    this.followed = "";
    if (transaction.status === "completed") this.bought(transaction);
    else if (transaction.reason === "payment_cancelled") this.notices.show("info", texts.gaveUp);
    else this.store.set({ notice: { kind: "error", text: texts.cancelled(transaction.reason) } });
    if (transaction.status !== "completed") this.ended();
  }

  /**
   * Follows a transaction that no request of this page answers: a purchase at another
   * window of the fan's. Those of this page's own purchase are the client's.
   *
   * @param {Transaction} transaction
   */
  settle(transaction) {
    if (this.busy || transaction.status === "pending") return;
    if (transaction.id === this.followed) this.outcome(transaction);
    else if (transaction.status === "completed") this.bought(transaction);
  }

  /** @param {Purchase|null} purchase */
  keep(purchase) {
    storage.keepPurchase(purchase);
    if (!purchase) this.store.set({ payPage: null });
    this.store.set({ paying: purchase ? (purchase.transaction ? "pending" : "asking") : "none" });
  }
}
