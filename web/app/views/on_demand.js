// @ts-check
import { sheet } from "../sheet.js";

/**
 * Views whose code is loaded when they are first needed: a fan who waits in the line
 * loads none of it.
 *
 * @typedef {import("../types/app.js").View} View
 * @typedef {(office: import("../box_office.js").BoxOffice, leaving: import("./leave_question.js").LeaveQuestion, config: import("../types/app.js").Config) => View} Maker
 */

/** @type {Record<string, () => Promise<Maker>>} */
const parts = {
  hall: async () => (await Promise.all([import("./seat_selection.js"), sheet("seats.css")]))[0].seatSelectionView,
  challenge: async () => (await import("./challenge.js")).challengeView,
  account: async () => (await import("./account.js")).accountView,
  tickets: async () => (await Promise.all([import("./tickets.js"), sheet("tickets.css")]))[0].ticketsView,
  gate: async () => (await import("./gate.js")).gateView,
  admin: async () => (await import("./admin.js")).adminView,
  work: async () => (await import("./role_pages.js")).workView,
  desk: async () => (await import("./desk.js")).deskView,
  "not-gate": async () => notYours("gate"),
  "not-admin": async () => notYours("admin"),
  "not-desk": async () => notYours("desk"),
};

/** @param {"gate"|"admin"|"desk"} page @returns {Promise<Maker>} */
async function notYours(page) {
  const { notYoursView } = await import("./role_pages.js");
  return () => notYoursView(page);
}

/** What a view is followed by: its code is loaded while that view is shown. @type {Record<string, string>} */
const follows = { turn: "hall", hall: "tickets" };

/** How long a page must have been shown before it is loaded again for want of a part, in ms. */
const calm = 30_000;

export class OnDemand {
  /** @param {() => void} loaded called when a part has come that was wanted */
  constructor(loaded) {
    this.loaded = loaded;
    /** @type {Map<string, Maker>} */
    this.makers = new Map();
    /** @type {Set<string>} */
    this.loading = new Set();
    /** Whether a part could not be loaded: the network is away, or the server has another version now. */
    this.failed = false;
  }

  /** Whether a view comes on demand. @param {string} view */
  has(view) {
    return view in parts;
  }

  /**
   * @param {string} view
   * @returns {Maker|null} null while it is being loaded
   */
  maker(view) {
    const known = this.makers.get(view) ?? null;
    if (!known) this.load(view, true);
    return known;
  }

  /** Loads what follows a view. @param {string} view */
  prepare(view) {
    if (follows[view]) this.load(follows[view], false);
  }

  /**
   * @param {string} view
   * @param {boolean} wanted
   */
  async load(view, wanted) {
    if (this.makers.has(view) || this.loading.has(view)) return;
    this.loading.add(view);
    try {
      this.makers.set(view, await parts[view]());
    } catch {
      if (wanted) this.failed = true;
    }
    this.loading.delete(view);
    this.loaded();
  }

  /**
   * Called while the server can be reached. A browser does not load a module again that
   * has failed, and after a deploy the server has other files: only the page itself helps.
   */
  recover() {
    if (!this.failed || performance.now() < calm) return;
    this.failed = false;
    location.reload();
  }
}
