// @ts-check
import * as clock from "./clock.js";
import * as http from "./http.js";
import * as memory from "./memory.js";
import * as notify from "./notify.js";
import { Connection } from "./connection.js";
import { Purchases } from "./purchases.js";
import { Tickets, givenBack } from "./my_tickets.js";
import { House } from "./house.js";
import { Finish } from "./finish.js";
import { explain } from "./explain.js";
import { blank, onNone, remember, shown } from "./standing.js";

/** How long the questions wait that a connection begins with, in ms. */
const patience = 8000;

/**
 * What the fan does and what the server says, turned into state. Views read the
 * state and call the acts here; they never touch the socket.
 *
 * @typedef {import("./types/wire.js").Status} Status
 */
export class BoxOffice {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {import("./standing.js").Memory} */
    this.memory = blank;
    this.season = store.state.config.season;
    this.seasonKnown = false;
    this.connection = new Connection(this.season, {
      message: (m) => this.message(m),
      state: (connection, heardAt) => store.set({ connection, heardAt }),
      ended: (why) => this.signedOut(why),
      stillSignedIn: () => this.stillSignedIn(),
    });
    this.house = new House(store, this.connection);
    this.tickets = new Tickets(store);
    this.purchases = new Purchases(store, this.connection, (transaction) => this.bought(transaction));
    this.finish = new Finish(store, this.season, () => this.leave("finished"));
  }

  async start() {
    const [, user] = await Promise.all([
      this.readSeason(),
      this.store.state.config.session
        ? http.get("/auth/me", patience).catch((/** @type {http.Problem} */ problem) => (problem.status === 401 ? null : undefined))
        : null,
    ]);
    if (user === null) {
      this.signedOut("signedOut");
      return;
    }
    // Undefined: this node does not know; the socket's welcome will tell.
    this.store.set({ phase: "signedIn", user: user ?? null });
    this.connection.start();
  }

  async readSeason() {
    try {
      this.store.set({ season: await http.get(`/seasons/${encodeURIComponent(this.season)}`, patience) });
      this.seasonKnown = true;
    } catch (thrown) {
      const problem = /** @type {http.Problem} */ (thrown);
      // Something to call it by, until a later welcome finds it.
      this.store.set({
        season: { id: this.season, name: this.season, currency: "EUR", opensAt: null, closesAt: null, maxSeats: 6, holdSeconds: 300 },
        notice: { kind: "warning", text: problem.code === "not_found" ? "There is no such season on sale here." : explain(problem) },
      });
    }
  }

  async stillSignedIn() {
    try {
      await http.get("/auth/me", patience);
      return true;
    } catch (problem) {
      const { status } = /** @type {http.Problem} */ (problem);
      return status === 401 ? false : status ? true : null;
    }
  }

  /** @param {"signedOut"|"signInAgain"} why */
  signedOut(why) {
    // Only a sign-out on purpose forgets the place: a token that ran out does not.
    if (why === "signedOut") memory.forgetStandings();
    const wasIn = this.store.state.phase === "signedIn";
    this.connection.stop();
    this.store.set({
      phase: "signedOut",
      user: null,
      status: null,
      cart: null,
      tickets: null,
      unsettled: [],
      purchases: [],
      paying: "none",
      done: null,
      notice:
        wasIn && why === "signInAgain"
          ? { kind: "info", text: "Your sign-in has run out. Please sign in again; your place in the line is kept for a while." }
          : wasIn
            ? { kind: "info", text: "You are signed out." }
            : this.store.state.notice,
    });
  }

  /** @param {any} message */
  message(message) {
    switch (message.type) {
      case "welcome":
        this.welcome(message);
        return;
      case "status":
      case "turn":
        this.status(message.status);
        return;
      case "position":
        this.position(message);
        return;
      case "lapsed":
        this.out(message.reason);
        this.status(message.status);
        return;
      case "cart":
        this.store.set({ cart: message.cart });
        this.house.check(message.cart?.seats ?? []);
        if (message.reason === "expired") {
          this.say("warning", "The time for your seats has run out, so they were given back. If still free, you can take them again.");
        }
        return;
      case "seats":
        this.house.snapshot(message);
        return;
      case "changes":
        this.house.changes(message);
        return;
      case "transaction":
        // An answer to a request is settled by whoever asked.
        if (message.re !== undefined) return;
        // One that was given back, here or on another device, is no news of buying.
        if (givenBack(message.transaction)) this.tickets.refresh();
        else this.purchases.settle(message.transaction);
        return;
      case "error":
        this.say("warning", explain(message));
    }
  }

  /** @param {any} welcome */
  welcome(welcome) {
    this.memory = memory.standing(this.season, welcome.user.id);
    this.store.set({ user: welcome.user, cart: welcome.cart, asking: new Set() });
    this.finish.recall(welcome.user.id);
    if (!this.seasonKnown) this.readSeason().then(() => this.seasonKnown && this.dismiss());
    this.status(welcome.status, true);
    this.purchases.resume();
    if (welcome.status.state === "none") {
      const { join, out } = onNone(this.memory, welcome.user.roles);
      if (out) this.out(out === "ended" ? this.outWhy() : out);
      // Only the sale's own page joins: the gate and the admin's desk are work.
      if (join && this.store.state.path === "/") {
        this.store.set({ joining: true });
        this.join().finally(() => this.store.set({ joining: false }));
      }
    }
  }

  /**
   * @param {Status} status
   * @param {boolean} [resuming] from a welcome, which finds out itself why somebody is out
   */
  status(status, resuming = false) {
    clock.set(status.serverTime);
    const before = this.store.state.status?.state;
    const known = this.memory;
    if (status.state === "waiting" && known.number !== null && status.number !== null && status.number > known.number) {
      this.say("info", "Your earlier place had ended, so you are in the line again at its end.");
    }
    if (status.state !== "none") {
      this.memory = remember(known, status);
      this.keepMemory();
      this.store.set({ out: null });
    } else if (!resuming && before && before !== "none" && !this.memory.out) {
      this.out(this.outWhy());
    }
    this.connection.attentive = status.state === "turn" || status.state === "active" || (status.position !== null && status.position <= 100);
    this.store.set({
      status,
      lastPosition: status.state === "waiting" || status.state === "gathering" ? this.memory.position : null,
    });
    if (status.state === "turn" && before !== "turn") {
      notify.call("Your turn", `${this.store.state.season?.name ?? "The sale"} is open for you. Enter before your time runs out.`);
    }
    if (before === "turn" && status.state !== "turn") notify.done();
    if (status.state === "active") this.house.read();
    else if (status.state === "none") this.store.set({ seatsReady: false });
  }

  /** @param {{position: number, waiting: number, etaSeconds: Status["etaSeconds"]}} message */
  position(message) {
    const status = this.store.state.status;
    if (!status || status.state !== "waiting") return;
    const position = shown(this.memory, { number: status.number, position: message.position });
    this.connection.attentive = message.position <= 100;
    this.memory = { ...this.memory, position };
    this.keepMemory();
    this.store.set({
      status: { ...status, position: message.position, waiting: message.waiting, etaSeconds: message.etaSeconds },
      lastPosition: position,
    });
  }

  /** Why a place ended of which the server says no more: after buying, the page may have given it up as it went. */
  outWhy() {
    const { done } = this.store.state;
    return done && !done.more ? "finished" : "ended";
  }

  /** @param {string} reason */
  out(reason) {
    this.memory = { ...blank, state: "none", out: reason };
    this.keepMemory();
    this.store.set({ out: reason });
  }

  keepMemory() {
    const user = this.store.state.user;
    if (user) memory.keepStanding(this.season, user.id, this.memory);
  }

  // Acts.

  join() {
    return this.act("join", this.memory.place ? { place: this.memory.place } : {}, () => this.rejoin());
  }

  /** A kept place may be from another life of the house (a wiped store): join without it. */
  rejoin() {
    if (!this.memory.place) return false;
    this.memory = blank;
    this.keepMemory();
    this.act("join");
    return true;
  }

  enter() {
    return this.act("enter");
  }

  /** @param {"left"|"finished"} [why] */
  async leave(why = "left") {
    const before = this.memory;
    // Noted first: the answer's status must find a reason for being out.
    this.out(why);
    if (await this.act("leave")) return;
    this.memory = before;
    this.keepMemory();
    this.store.set({ out: before.out });
  }

  /** @param {string[]} seats */
  hold(seats) {
    return this.withSeats(seats, () => this.act("hold", { seats }));
  }

  /** @param {{count: number, category?: string, adjacent: boolean}} best */
  holdBest(best) {
    return this.act("hold", { best });
  }

  /** @param {string[]} [seats] none: all */
  release(seats) {
    const named = seats ?? this.store.state.cart?.seats.map((seat) => seat.seatNumber) ?? [];
    return this.withSeats(named, () => this.act("release", seats ? { seats } : {}));
  }

  /** @param {string} token */
  pay(token) {
    this.purchases.begin(token);
  }

  /** @param {import("./types/wire.js").Transaction} transaction */
  bought(transaction) {
    this.store.set({ notice: null });
    this.finish.bought(transaction);
    location.hash = "#tickets";
    this.tickets.read();
  }

  async allowNotify() {
    this.store.set({ notify: await notify.allow() });
  }

  useThisWindow() {
    this.store.set({ connection: "reconnecting" });
    this.connection.start();
  }

  async signOut() {
    try {
      await http.call("POST", `/auth/logout?season=${encodeURIComponent(this.season)}`);
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).status !== 401) {
        this.say("error", explain(/** @type {http.Problem} */ (problem)));
        return;
      }
    }
    memory.keepPurchase(null);
    this.signedOut("signedOut");
  }

  /**
   * @param {import("./types/app.js").Notice["kind"]} kind
   * @param {string} text
   */
  say(kind, text) {
    this.store.set({ notice: { kind, text } });
  }

  dismiss() {
    this.store.set({ notice: null });
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {() => boolean} [onInvalid] may put an invalid request right; true if it did
   */
  async act(type, fields, onInvalid) {
    try {
      await this.connection.request(type, fields);
      return true;
    } catch (thrown) {
      const problem = /** @type {http.Problem} */ (thrown);
      if (problem.code === "invalid_request" && onInvalid?.()) return false;
      this.say("error", explain(problem));
      return false;
    }
  }

  /**
   * Marks seats as asked for while an act is under way.
   *
   * @template T
   * @param {string[]} seats
   * @param {() => Promise<T>} act
   */
  async withSeats(seats, act) {
    this.store.set({ asking: new Set([...this.store.state.asking, ...seats]) });
    const done = await act();
    const asking = new Set(this.store.state.asking);
    for (const seat of seats) asking.delete(seat);
    this.store.set({ asking });
    return done;
  }
}
