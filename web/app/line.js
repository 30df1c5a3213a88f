// @ts-check
import * as notify from "./notify.js";
import * as storage from "./storage.js";
import * as clock from "./clock.js";
import { follow } from "./estimate.js";
import { blank, onNone, remember, shownPosition } from "./line_memory.js";
import { needsCode } from "./phases.js";
import { canJoin, runs, saleOf } from "./views/sale_state.js";
import { line as texts, notifications } from "./texts/chosen.js";

/**
 * The fan's place in the line: follows the server's word, keeps what the browser
 * must remember of it, and joins, enters and leaves.
 *
 * @typedef {import("../../clients/js/wire.js").Status} Status
 */
export class Line {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./requests.js").Requests} requests
   * @param {import("./notices.js").Notices} notices
   * @param {import("./seats.js").Seats} seats
   */
  constructor(store, requests, notices, seats) {
    this.store = store;
    this.requests = requests;
    this.notices = notices;
    this.seats = seats;
    /** @type {import("./line_memory.js").LineMemory} */
    this.memory = blank;
    /** The code that was last given, for a phase that needs one. @type {string|undefined} */
    this.code = undefined;
    /** Whether the last join had the token of a challenge. */
    this.answered = false;
    requests.challenged = () => this.challenged();
  }

  /** Joins with the token of a solved challenge. @param {string} token */
  async joinSolved(token) {
    this.store.set({ challenge: null, joining: true });
    await this.join(undefined, token);
    this.store.set({ joining: false });
  }

  /** Shows the challenge. @returns {boolean} false when this page has no widget for it */
  challenged() {
    const { config } = this.store.state;
    if (config.challenge) this.store.set({ challenge: { again: this.answered } });
    return config.challenge !== null;
  }

  /** @param {string} user */
  recall(user) {
    this.memory = storage.line(this.store.state.config.season, user);
  }

  /**
   * Follows a status of the server.
   *
   * @param {Status} status
   * @param {boolean} [welcome] of a welcome: resume says why the fan is out
   */
  update(status, welcome = false) {
    const before = this.store.state.status?.state;
    const known = this.memory;
    if (status.state === "waiting" && known.number !== null && status.number !== null && status.number > known.number) {
      this.notices.show("warning", texts.movedToEnd);
    }
    if (status.state !== "none") {
      this.keep(this.estimated(remember(known, status), status.etaSeconds));
      this.store.set({ out: null, challenge: null });
    } else if (!welcome && before && before !== "none" && !known.out) {
      this.end(this.reasonUnsaid());
    }
    this.store.set({
      status,
      lastPosition: status.state === "waiting" || status.state === "gathering" ? this.memory.position : null,
      memory: this.memory,
    });
    if (status.state === "turn" && before !== "turn") notify.call(notifications.turn, notifications.turnBody(this.store.state.season?.name ?? ""));
    if (before === "turn" && status.state !== "turn") notify.done();
    if (status.state === "active") this.seats.read();
    else if (status.state !== "none") this.seats.prefetch();
    else if (status.state === "none") this.store.set({ seatsReady: false });
  }

  /**
   * Follows a change of the position.
   *
   * @param {Omit<import("../../clients/js/wire.js").Position, "type">} message
   */
  move(message) {
    const status = this.store.state.status;
    if (!status || status.state !== "waiting") return;
    const position = shownPosition(this.memory, { number: status.number, position: message.position });
    this.keep(this.estimated({ ...this.memory, position, first: this.memory.first ?? position }, message.etaSeconds));
    this.store.set({
      memory: this.memory,
      status: { ...status, position: message.position, waiting: message.waiting, etaSeconds: message.etaSeconds },
      lastPosition: position,
    });
  }

  /** Follows how many are in line. @param {number} waiting */
  count(waiting) {
    const { status } = this.store.state;
    if (status) this.store.set({ status: { ...status, waiting } });
  }

  /** Follows the state of the sale: no time passes from an expected wait while admission stands still. */
  follow() {
    if (!this.memory.estimate) return;
    this.keep(this.estimated(this.memory, null));
    this.store.set({ memory: this.memory });
  }

  /**
   * @param {import("./line_memory.js").LineMemory} memory
   * @param {import("../../clients/js/wire.js").ETA|null} eta
   */
  estimated(memory, eta) {
    if (memory.state !== "waiting") return memory;
    return { ...memory, estimate: follow(memory.estimate, eta, clock.now(), runs(saleOf(this.store.state))) };
  }

  /**
   * Joins, or says why the fan is out, after a welcome without a place.
   *
   * @param {string[]} roles
   */
  resume(roles) {
    const { join, out } = onNone(this.memory, roles);
    if (out) this.end(out === "ended" ? this.reasonUnsaid() : out);
    // Only the page of the sale joins: the gate and the admin page are for work.
    if (!join || this.store.state.path !== "/") return;
    // A lost place is brought back whatever the state of the sale.
    if (this.memory.state === null && !canJoin(this.store.state, clock.now())) return;
    // The page asks for the code first.
    if (!this.memory.place && needsCode(this.store.state.season?.phases, clock.now())) return;
    this.store.set({ joining: true });
    this.join().finally(() => this.store.set({ joining: false }));
  }

  /** Why a place ended when the server gives no reason: after a purchase this page may have given it up as it closed. */
  reasonUnsaid() {
    const { done } = this.store.state;
    return done && !done.more ? "finished" : "ended";
  }

  /** @param {string} reason why the fan is out of the line */
  end(reason) {
    this.keep({ ...blank, state: "none", out: reason });
    this.store.set({ out: reason });
  }

  /** @param {import("./line_memory.js").LineMemory} memory */
  keep(memory) {
    this.memory = memory;
    const { user, config } = this.store.state;
    if (user) storage.keepLine(config.season, user.id, memory);
  }

  /**
   * @param {string} [code] for a phase that needs one
   * @param {string} [challenge] the token of a solved challenge
   */
  join(code, challenge) {
    // A challenge may come between a code and the join that it is for.
    this.code = code ?? this.code;
    this.answered = challenge !== undefined;
    const fields = { ...(this.memory.place ? { place: this.memory.place } : {}), ...(this.code ? { code: this.code } : {}), ...(challenge ? { challenge } : {}) };
    // What is wrong with a code stands at its field.
    return this.requests.send("join", fields, () => this.joinWithoutPlace(), this.code && needsCode(this.store.state.season?.phases, clock.now()) ? "code" : undefined);
  }

  /** A kept place may be from before the server's data was wiped: joins without it. */
  joinWithoutPlace() {
    if (!this.memory.place) return false;
    this.keep(blank);
    this.requests.send("join");
    return true;
  }

  enter() {
    return this.requests.send("enter");
  }

  /** @param {"left"|"finished"} [why] */
  async leave(why = "left") {
    const before = this.memory;
    // Noted first: the answer's status must find a reason for being out.
    this.end(why);
    if (await this.requests.send("leave")) return;
    this.keep(before);
    this.store.set({ out: before.out });
  }
}
