// @ts-check
import { Problem } from "./http.js";

/** Sends the requests of the socket over HTTP, where no socket opens. Answers have the shapes of the socket's. */
export class Rest {
  /** @param {{season: string, http: import("./http.js").Http}} options */
  constructor({ season, http }) {
    this.season = season;
    this.http = http;
  }

  /** @param {string} path */
  path(path) {
    return withSeason(path, this.season);
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
      ({ type: "status", re: type, status: await this.http.call("POST", this.path(`/waitingList/${act}`), json === undefined ? {} : { json }) });
    const cart = async (/** @type {Promise<any>} */ answer) => ({ type: "cart", re: type, cart: await answer });
    switch (type) {
      case "status":
        return { type: "status", re: type, status: await this.http.get(this.path("/auth/status")) };
      case "join":
        return status("join", fields);
      case "enter":
      case "leave":
        return status(type, undefined);
      case "wish":
        return { type: "status", re: type, status: await this.http.call("PUT", this.path("/waitingList/wish"), { json: fields }) };
      case "unwish":
        return { type: "status", re: type, status: await this.http.call("DELETE", this.path("/waitingList/wish")) };
      case "hold":
        return cart(this.http.call("POST", this.path("/holds"), { json: fields }));
      case "extend":
        return cart(this.http.call("POST", this.path("/holds/extend")));
      case "release":
        return cart(this.release(fields.seats));
      case "purchase": {
        const { key, ...json } = fields;
        const transaction = await this.http.call("POST", this.path("/transactions"), { json, headers: { "Idempotency-Key": key } });
        return { type: "transaction", re: type, transaction };
      }
      case "seats": {
        const form = fields.format === "bitmap" ? bitmaps : names;
        return { ...form(await this.http.get(this.path("/seats"))), type: "seats", re: type };
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
 * @param {Pick<import("../wire.js").Seats, "version"|"seats"> & Partial<import("../wire.js").Seats>} answer of GET /seats
 */
function names(answer) {
  const taken = answer.seats.filter((seat) => seat.status !== "available");
  return { version: answer.version, seats: Object.fromEntries(taken.map((seat) => [seat.seatNumber, seat.status])), areas: answer.areas ?? [] };
}

/**
 * Puts the statuses of a plan into the socket's compact form. Places of areas, which the
 * list has as counts only, are free there.
 *
 * @param {Pick<import("../wire.js").Seats, "version"|"seats"> & Partial<import("../wire.js").Seats>} answer of GET /seats
 */
export function bitmaps(answer) {
  const size = answer.count ?? answer.seats.length;
  /** @param {import("../wire.js").SeatStatus} status */
  const of = (status) => {
    const bytes = new Uint8Array(Math.ceil(size / 8));
    for (const seat of answer.seats) if (seat.status === status) bytes[seat.index >> 3] |= 0x80 >> (seat.index & 7);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  return { version: answer.version, count: size, unavailable: of("unavailable"), inTransaction: of("inTransaction"), booked: of("booked"), areas: answer.areas ?? [] };
}
