// @ts-check
import * as memory from "./memory.js";
import { finished } from "./losses.js";

/**
 * The end of a fan's visit. Who has bought is asked whether that was all, and the
 * place goes to the next person: at a press, after a while on the page with the
 * tickets, when no more seats may be bought, or with the page.
 *
 * @typedef {import("./types/app.js").State} State
 */

/** How long the tickets are shown before the place is passed on, in ms. */
const stay = 60_000;
/** … and when no more seats may be bought. */
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
    /** When the place is passed on, by Date.now(); 0 while it is not. */
    this.at = 0;
    store.subscribe((state) => this.follow(state));
    addEventListener("pagehide", () => this.hidden());
  }

  /** What this browser tab bought before a reload. @param {string} user */
  recall(user) {
    this.store.set({ done: memory.done(this.season, user) });
  }

  /** @param {import("./types/wire.js").Transaction} transaction */
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
    memory.keepDone(this.season, this.store.state.user?.id ?? "", done);
    this.store.set({ done });
  }

  /**
   * Whether the place is to be passed on. A window that another one has replaced
   * has no say.
   *
   * @param {State} state
   */
  passing(state) {
    return finished(state) && !state.done?.more && state.connection !== "replaced";
  }

  /** @param {State} state */
  follow(state) {
    // A new place begins: what was bought before is no longer news.
    if (state.done && (state.status?.state === "waiting" || state.status?.state === "turn" || state.status?.state === "gathering")) {
      this.keep(null);
      return;
    }
    // Who looks at seats again wants more.
    if (this.passing(state) && state.path === "/" && state.route !== "tickets" && this.at) {
      this.at = 0;
      this.keep(state.done && { ...state.done, more: true });
      return;
    }
    const shown = this.passing(state) && state.path === "/" && state.route === "tickets";
    if (!shown) this.at = 0;
    else if (!this.at) this.at = Date.now() + (full(state) ? stayFull : stay);
    else if (full(state)) this.at = Math.min(this.at, Date.now() + stayFull);
  }

  /** @returns {number} ms until the place is passed on; 0 while it is not */
  left() {
    return this.at ? Math.max(1, this.at - Date.now()) : 0;
  }

  /** Called several times a second. */
  tick() {
    if (!this.at || Date.now() < this.at) return;
    this.at = 0;
    if (this.passing(this.store.state)) this.leave();
  }

  /** The page goes. A reload looks the same: who has bought and wants no more loses the rest of the visit. */
  hidden() {
    if (!this.passing(this.store.state)) return;
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
