// @ts-check
import { Problem } from "./http.js";

/**
 * Replaces the socket where a network blocks it: reads the state over HTTP every few
 * seconds, and sends requests over HTTP. Its messages have the shapes of the socket's.
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
    this.season = season;
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
    return withSeason(path, this.season);
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
      if (this.running) this.events.message({ type: "changes", version: seats.version, seats: statuses });
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
    const status = async (/** @type {string} */ act, /** @type {unknown} */ json) =>
      this.take({ type: "status", re: type, status: await this.http.call("POST", this.path(`/waitingList/${act}`), json === undefined ? {} : { json }) });
    const cart = async (/** @type {Promise<any>} */ answer) => this.take({ type: "cart", re: type, cart: await answer });
    switch (type) {
      case "status":
        return this.take({ type: "status", re: type, status: await this.http.get(this.path("/auth/status")) });
      case "join":
        return status("join", fields);
      case "enter":
      case "leave":
        return status(type, undefined);
      case "hold":
        return cart(this.http.call("POST", this.path("/holds"), { json: fields }));
      case "extend":
        return cart(this.http.call("POST", this.path("/holds/extend")));
      case "release":
        return cart(this.release(fields.seats));
      case "purchase": {
        const { key, ...json } = fields;
        const transaction = await this.http.call("POST", this.path("/transactions"), { json, headers: { "Idempotency-Key": key } });
        return this.take({ type: "transaction", re: type, transaction });
      }
      case "seats": {
        const form = fields.format === "bitmap" ? bitmaps : names;
        return this.take({ ...form(await this.http.get(this.path("/seats"))), type: "seats", re: type });
      }
      default:
        throw new Problem("invalid_request", `${type} cannot be sent over HTTP`);
    }
  }

  /** @param {string[]|undefined} seats none: all */
  async release(seats) {
    if (!seats) return this.http.call("DELETE", this.path("/holds"));
    let cart = null;
    for (const seat of seats) cart = await this.http.call("DELETE", this.path(`/holds/${encodeURIComponent(seat)}`));
    return cart;
  }
}

/**
 * @param {string} path
 * @param {string} season "": the server's default season
 */
export function withSeason(path, season) {
  return season ? `${path}?season=${encodeURIComponent(season)}` : path;
}

/**
 * Puts the statuses of a plan into the socket's form by names.
 *
 * @param {Pick<import("../wire.js").Seats, "version"|"seats">} answer of GET /seats
 */
function names(answer) {
  const taken = answer.seats.filter((seat) => seat.status !== "available");
  return { version: answer.version, seats: Object.fromEntries(taken.map((seat) => [seat.seatNumber, seat.status])) };
}

/**
 * Puts the statuses of a plan into the socket's compact form.
 *
 * @param {Pick<import("../wire.js").Seats, "version"|"seats">} answer of GET /seats
 */
export function bitmaps(answer) {
  /** @param {import("../wire.js").SeatStatus} status */
  const of = (status) => {
    const bytes = new Uint8Array(Math.ceil(answer.seats.length / 8));
    for (const seat of answer.seats) if (seat.status === status) bytes[seat.index >> 3] |= 0x80 >> (seat.index & 7);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  return { version: answer.version, count: answer.seats.length, unavailable: of("unavailable"), inTransaction: of("inTransaction"), booked: of("booked") };
}
