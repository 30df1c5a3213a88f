// @ts-check
import { rememberStaff } from "./gate_settings.js";
import * as http from "./http.js";
import { forgetKept } from "./kept_cache.js";
import * as storage from "./storage.js";
import { signIn } from "./texts/chosen.js";

/** How long the requests may take that a page begins with, in ms. */
export const patience = 8000;

/** Who is signed in, and the end of that. Signing in is a page of the server's. */
export class Session {
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

  /**
   * @returns {Promise<import("../../clients/js/wire.js").User|null|undefined>} null: no user is signed in; undefined: the
   * server cannot say now, and the socket's welcome will
   */
  async read() {
    if (!this.store.state.config.session) return null;
    try {
      return await http.get("/auth/me", patience);
    } catch (problem) {
      return /** @type {http.Problem} */ (problem).status === 401 ? null : undefined;
    }
  }

  /** @param {"signedOut"|"signInAgain"} why */
  end(why) {
    // Only a sign-out on purpose forgets the place in line; an expired token does not.
    if (why === "signedOut") storage.forgetLines();
    rememberStaff(null);
    const wasSignedIn = this.store.state.phase === "signedIn";
    if (why === "signedOut" && wasSignedIn) forgetKept();
    this.connection.stop();
    this.store.set({
      phase: "signedOut",
      user: null,
      status: null,
      challenge: null,
      cart: null,
      tickets: null,
      ticketSeasons: {},
      ticketsAsOf: 0,
      unsettled: [],
      purchases: [],
      paying: "none",
      payPage: null,
      done: null,
    });
    if (wasSignedIn) this.notices.show("info", why === "signInAgain" ? signIn.expired : signIn.signedOut);
  }

  /** @returns {Promise<boolean>} whether the session has ended */
  async signOut() {
    try {
      await http.call("POST", `/auth/logout?season=${encodeURIComponent(this.store.state.config.season)}`);
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).status !== 401) {
        this.notices.fail(problem);
        return false;
      }
    }
    return true;
  }
}
