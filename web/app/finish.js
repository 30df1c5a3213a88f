// @ts-check
import * as storage from "./storage.js";
import { finished } from "./losses.js";

/**
 * The end of a fan's visit. After a purchase the page asks whether the fan is
 * finished. The place then goes to the next person: when the fan says so, after a
 * while on the page with the tickets, sooner when no more seats may be bought, or
 * when the page closes.
 *
 * @typedef {import("./types/app.js").State} State
 */

/** How long the tickets are shown before the place is given up, in ms. */
const stay = 60_000;
/** The same when no more seats may be bought. */
const stayFull = 15_000;

export class Finish {
  /**
   * @param {import("./store.js").Store} store
   * @param {string} season
   * @param {() => void} leave
   */
  constructor(store, season, leave) {
    this.store = store;
    this.season = season;
    this.leave = leave;
    /** When the place is given up, by Date.now(); 0: not planned. */
    this.at = 0;
    store.subscribe((state) => this.follow(state));
    addEventListener("pagehide", () => this.hidden());
  }

  /** Reads what this browser tab bought before a reload. @param {string} user */
  recall(user) {
    this.store.set({ done: storage.done(this.season, user) });
  }

  /** @param {import("../../clients/js/wire.js").Transaction} transaction */
  bought(transaction) {
    const { seats, total, currency } = transaction;
    this.keep({ seats, total, currency, more: false });
  }

  buyMore() {
    const { done } = this.store.state;
    if (done) this.keep({ ...done, more: true });
    location.hash = "#seats";
  }

  /** @param {import("./types/app.js").Done|null} done */
  keep(done) {
    this.at = 0;
    storage.keepDone(this.season, this.store.state.user?.id ?? "", done);
    this.store.set({ done });
  }

  /**
   * Whether the place is to be given up. A window that was replaced by another one
   * does not decide that.
   *
   * @param {State} state
   */
  shouldLeave(state) {
    return finished(state) && !state.done?.more && state.connection !== "replaced";
  }

  /** @param {State} state */
  follow(state) {
    // A new visit begins: the purchase of the last one is no longer shown.
    if (state.done && (state.status?.state === "waiting" || state.status?.state === "turn" || state.status?.state === "gathering")) {
      this.keep(null);
      return;
    }
    // A fan who looks at the seats again wants more.
    if (this.shouldLeave(state) && state.path === "/" && state.route !== "tickets" && this.at) {
      this.at = 0;
      this.keep(state.done && { ...state.done, more: true });
      return;
    }
    const shown = this.shouldLeave(state) && state.path === "/" && state.route === "tickets";
    if (!shown) this.at = 0;
    else if (!this.at) this.at = Date.now() + (full(state) ? stayFull : stay);
    else if (full(state)) this.at = Math.min(this.at, Date.now() + stayFull);
  }

  /** @returns {number} ms until the place is given up; 0: not planned */
  left() {
    return this.at ? Math.max(1, this.at - Date.now()) : 0;
  }

  /** Called several times a second. */
  tick() {
    if (!this.at || Date.now() < this.at) return;
    this.at = 0;
    if (this.shouldLeave(this.store.state)) this.leave();
  }

  /** The page closes. A reload looks the same, so a fan who has bought and wants no more loses the rest of the visit. */
  hidden() {
    if (!this.shouldLeave(this.store.state)) return;
    const path = `/waitingList/leave?season=${encodeURIComponent(this.season)}`;
    if (!navigator.sendBeacon?.(path)) fetch(path, { method: "POST", credentials: "same-origin", keepalive: true }).catch(() => {});
  }
}

/**
 * Whether the fan has all the seats that one person may have.
 *
 * @param {State} state
 */
export function full(state) {
  const mine = (state.tickets ?? []).filter((ticket) => ticket.season === state.config.season && ticket.status !== "void");
  return state.season !== null && mine.length >= state.season.maxSeats;
}
