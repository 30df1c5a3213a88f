// @ts-check
import { Rest } from "./rest.js";

/** @typedef {import("./http.js").Problem} Problem */

/**
 * Replaces the socket where a network lets neither a socket nor a stream pass: reads the
 * state over HTTP every few seconds, and sends requests over HTTP. Its messages have the
 * shapes of the socket's.
 *
 * @typedef {object} Events
 * @property {(message: any) => void} message
 * @property {() => void} heard the server answered
 * @property {() => void} lost the server did not answer
 * @property {(why: "signInAgain") => void} ended
 */

/** The pause between two rounds, in ms, and its random part: many clients of one network must not ask at once. */
const pause = 4000;
const spread = 2000;
/** The longest pause after rounds without an answer, in ms. */
const longest = 30_000;
/** How long an answer may take, in ms. */
const patience = 8000;
/** The statuses of all seats are read once in so many rounds. */
const seatRounds = 3;

export class Polling {
  /**
   * @param {{season: string, http: import("./http.js").Http, clock: import("./clock.js").Clock}} options
   * @param {Events} events
   */
  constructor({ season, http, clock }, events) {
    this.rest = new Rest({ season, http });
    this.http = http;
    this.clock = clock;
    this.events = events;
    this.running = false;
    this.welcomed = false;
    this.timer = 0;
    this.failures = 0;
    this.rounds = 0;
    this.state = "none";
    /** The season's id, once an answer has it. */
    this.named = "";
    this.cart = "null";
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.welcomed = false;
    this.round();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** @param {string} path */
  path(path) {
    return this.rest.path(path);
  }

  /** Reads the state once and plans the next round. */
  async round() {
    clearTimeout(this.timer);
    try {
      if (this.welcomed) await this.refresh();
      else await this.welcome();
      this.failures = 0;
      if (this.running) this.events.heard();
      await this.sale();
    } catch (thrown) {
      const { status } = /** @type {Problem} */ (thrown);
      if (!this.running) return;
      if (status === 401) {
        this.stop();
        this.events.ended("signInAgain");
        return;
      }
      this.failures++;
      this.events.lost();
    }
    if (!this.running) return;
    this.timer = setTimeout(() => this.round(), Math.min(longest, pause * 2 ** Math.min(this.failures, 4)) + Math.random() * spread);
  }

  /** Reads what the page needs to draw itself, like the socket's first message. */
  async welcome() {
    const [user, status, cart] = await Promise.all([
      this.http.get("/auth/me", patience),
      this.http.get(this.path("/auth/status"), patience),
      this.http.get(this.path("/holds"), patience).catch((/** @type {Problem} */ problem) => {
        // A server that only signs in has no carts.
        if (problem.status === 404) return null;
        throw problem;
      }),
    ]);
    if (!this.running) return;
    this.welcomed = true;
    this.cart = JSON.stringify(cart);
    this.state = status.state;
    this.named = status.season;
    this.events.message({ type: "welcome", user, status, cart, season: status.season });
  }

  /** Reads the status, and for an active fan the cart and from time to time the seats. */
  async refresh() {
    const status = await this.http.get(this.path("/auth/status"), patience);
    if (!this.running) return;
    this.state = status.state;
    this.events.message({ type: "status", status });
    if (this.state !== "active") return;
    const cart = await this.http.get(this.path("/holds"), patience);
    if (!this.running) return;
    if (JSON.stringify(cart) !== this.cart) {
      const before = JSON.parse(this.cart);
      const over = !cart.seats.length && before?.expiresAt && this.clock.left(before.expiresAt) === 0;
      this.take({ type: "cart", cart, ...(over ? { reason: "expired" } : {}) });
    }
    if (++this.rounds % seatRounds === 0) {
      /** @type {import("../wire.js").Seats} */
      const seats = await this.http.get(this.path("/seats"), patience);
      const statuses = Object.fromEntries(seats.seats.map((seat) => [seat.seatNumber, seat.status]));
      if (this.running) this.events.message({ type: "changes", version: seats.version, seats: statuses, areas: seats.areas ?? [] });
    }
  }

  /** Reads the public state of the sale. Without an answer the next round asks again. */
  async sale() {
    if (!this.running || !this.named) return;
    const season = await this.http.get(`/seasons/${encodeURIComponent(this.named)}`, patience).catch(() => null);
    if (this.running && season?.sale) this.events.message({ type: "sale", sale: season.sale });
  }

  /**
   * Notes what a message changes here, and passes it on.
   *
   * @param {any} message
   */
  take(message) {
    if (message.type === "cart") this.cart = JSON.stringify(message.cart);
    if (message.status) this.state = message.status.state;
    this.events.message(message);
    return message;
  }

  /**
   * Sends a request of the socket over HTTP.
   *
   * @param {string} type
   * @param {Record<string, any>} fields
   * @returns {Promise<any>} the answer in the shape of the socket's; rejects with a Problem
   */
  async request(type, fields) {
    return this.take(await this.rest.request(type, fields));
  }
}
