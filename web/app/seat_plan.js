// @ts-check
import { seats as texts } from "./texts/chosen.js";

/** @typedef {import("../../clients/js/wire.js").Seat} Seat */
/** @typedef {import("../../clients/js/wire.js").SeatStatus} SeatStatus */

/** The statuses, by the small numbers that the plan keeps. */
export const statuses = /** @type {const} */ (["available", "unavailable", "inTransaction", "booked"]);

/** @type {Record<string, number>} */
const codes = { available: 0, unavailable: 1, inTransaction: 2, booked: 3 };

/**
 * The seat plan and every seat's status. A status is one byte, so that 50,000
 * seats take little memory.
 */
export class SeatPlan {
  constructor() {
    /** @type {Seat[]} by index */
    this.seats = [];
    /** @type {Map<string, number>} seat number → index */
    this.byNumber = new Map();
    /** A status code for each seat, by index. */
    this.codes = new Uint8Array(0);
    /** The newest version applied; anything older is ignored. */
    this.version = -1;
    this.hasStatuses = false;
  }

  /** @param {Seat[]} seats as GET /seats gives them, in any order */
  set(seats) {
    this.seats = [...seats].sort((a, b) => a.index - b.index);
    this.byNumber = new Map(this.seats.map((seat, i) => [seat.seatNumber, i]));
    this.codes = Uint8Array.from(this.seats, (seat) => codes[seat.status] ?? 1);
    this.version = -1;
    this.hasStatuses = false;
  }

  /**
   * Whether the plan has these seats as the server names them. Seats may be added
   * or removed and change their prices while a fan looks at them.
   *
   * @param {{seatNumber: string, category?: string, price?: number}[]} seats
   */
  has(seats) {
    return seats.every((seat) => {
      const known = this.seats[this.byNumber.get(seat.seatNumber) ?? -1];
      return known && (seat.price ?? known.price) === known.price && (seat.category ?? known.category) === known.category;
    });
  }

  /** @param {number} index */
  status(index) {
    return statuses[this.codes[index]];
  }

  /**
   * Takes a snapshot. It replaces all statuses, whatever its version: the server
   * sends one only when asked, on this very socket.
   *
   * @param {Omit<import("../../clients/js/wire.js").SeatBitmaps, "type">} bitmap
   * @returns {number[]|null} the indexes that changed; null when it is of another plan
   */
  applyBitmap(bitmap) {
    if (bitmap.count !== this.seats.length) return null;
    const next = new Uint8Array(this.seats.length);
    for (const [bits, code] of /** @type {[string, number][]} */ ([
      [bitmap.unavailable, 1],
      [bitmap.inTransaction, 2],
      [bitmap.booked, 3],
    ])) {
      const bytes = atob(bits);
      const n = Math.min(bytes.length, Math.ceil(next.length / 8));
      for (let i = 0; i < n; i++) {
        let byte = bytes.charCodeAt(i);
        // Bit 7 of byte 0 is index 0, as in Redis.
        for (let index = i * 8; byte !== 0; index++, byte = (byte << 1) & 0xff) {
          if (byte & 0x80 && index < next.length) next[index] = code;
        }
      }
    }
    const changed = [];
    for (let i = 0; i < next.length; i++) if (next[i] !== this.codes[i]) changed.push(i);
    this.codes = next;
    this.version = bitmap.version;
    this.hasStatuses = true;
    return changed;
  }

  /**
   * @param {Omit<import("../../clients/js/wire.js").Changes, "type">} changes
   * @returns {number[]} the indexes that changed
   */
  applyChanges(changes) {
    if (!this.hasStatuses || changes.version < this.version) return [];
    this.version = changes.version;
    const changed = [];
    for (const [number, status] of Object.entries(changes.seats)) {
      const index = this.byNumber.get(number);
      const code = codes[status];
      if (index === undefined || code === undefined || this.codes[index] === code) continue;
      this.codes[index] = code;
      changed.push(index);
    }
    return changed;
  }
}

/**
 * Why a seat cannot be had, in words; "" when it can.
 *
 * @param {SeatStatus} status
 * @param {boolean} mine
 */
export function reason(status, mine) {
  return mine ? "" : (texts.reasons[status] ?? "");
}

/**
 * Groups a plan for the list: sections in the plan's order, which says which are
 * nearest to the stage; rows and seats in natural order.
 *
 * @param {Seat[]} plan
 * @param {(a: string, b: string) => number} byName
 * @returns {{name: string, rows: {name: string, seats: Seat[]}[], size: number}[]}
 */
export function bySection(plan, byName) {
  /** @type {Map<string, Map<string, Seat[]>>} */
  const sections = new Map();
  for (const seat of plan) {
    let rows = sections.get(seat.section);
    if (!rows) sections.set(seat.section, (rows = new Map()));
    const row = rows.get(seat.row);
    if (row) row.push(seat);
    else rows.set(seat.row, [seat]);
  }
  return [...sections].map(([name, rows]) => ({
    name,
    rows: [...rows]
      .map(([row, seats]) => ({ name: row, seats: seats.sort((a, b) => byName(a.seatNumber, b.seatNumber)) }))
      .sort((a, b) => byName(a.name, b.name)),
    size: [...rows.values()].reduce((n, seats) => n + seats.length, 0),
  }));
}
