// @ts-check
/** @typedef {import("./types/wire.js").Seat} Seat */
/** @typedef {import("./types/wire.js").SeatStatus} SeatStatus */

/** The statuses, by the small numbers that the book keeps. */
export const statuses = /** @type {const} */ (["available", "unavailable", "inTransaction", "booked"]);

/** @type {Record<string, number>} */
const codes = { available: 0, unavailable: 1, inTransaction: 2, booked: 3 };

/**
 * The house as it stands: the plan, which does not change, and every seat's
 * status, one byte each, so that 50,000 of them cost nothing to keep.
 */
export class SeatBook {
  constructor() {
    /** @type {Seat[]} by index */
    this.plan = [];
    /** @type {Map<string, number>} seat number → index */
    this.byNumber = new Map();
    this.state = new Uint8Array(0);
    /** The newest version applied; anything older is ignored. */
    this.version = -1;
    this.hasStatuses = false;
  }

  /** @param {Seat[]} seats as GET /seats gives them, in any order */
  setPlan(seats) {
    this.plan = [...seats].sort((a, b) => a.index - b.index);
    this.byNumber = new Map(this.plan.map((seat, i) => [seat.seatNumber, i]));
    this.state = Uint8Array.from(this.plan, (seat) => codes[seat.status] ?? 1);
    this.version = -1;
    this.hasStatuses = false;
  }

  /**
   * Whether this is the plan that seats of the server's are from. Seats may come,
   * go and change their prices while a fan looks at them.
   *
   * @param {{seatNumber: string, category?: string, price?: number}[]} seats
   */
  knows(seats) {
    return seats.every((seat) => {
      const known = this.plan[this.byNumber.get(seat.seatNumber) ?? -1];
      return known && (seat.price ?? known.price) === known.price && (seat.category ?? known.category) === known.category;
    });
  }

  /** @param {number} index */
  status(index) {
    return statuses[this.state[index]];
  }

  /**
   * Takes a snapshot. It replaces everything, whatever its version: the
   * server sends one only when asked, on this very socket.
   *
   * @param {{version: number, count: number, unavailable: string, inTransaction: string, booked: string}} bitmap
   * @returns {number[]|null} the indexes that changed; null when it is about another plan
   */
  applyBitmap(bitmap) {
    if (bitmap.count !== this.plan.length) return null;
    const next = new Uint8Array(this.plan.length);
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
    for (let i = 0; i < next.length; i++) if (next[i] !== this.state[i]) changed.push(i);
    this.state = next;
    this.version = bitmap.version;
    this.hasStatuses = true;
    return changed;
  }

  /**
   * @param {{version: number, seats: Record<string, SeatStatus>}} changes
   * @returns {number[]} the indexes that changed
   */
  applyChanges(changes) {
    if (!this.hasStatuses || changes.version < this.version) return [];
    this.version = changes.version;
    const changed = [];
    for (const [number, status] of Object.entries(changes.seats)) {
      const index = this.byNumber.get(number);
      const code = codes[status];
      if (index === undefined || code === undefined || this.state[index] === code) continue;
      this.state[index] = code;
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
  if (mine) return "";
  switch (status) {
    case "booked":
      return "Sold";
    case "inTransaction":
      return "Somebody else is holding this seat; it may come free again";
    case "unavailable":
      return "Not for sale";
    default:
      return "";
  }
}

/**
 * Groups a plan for the list: sections in the plan's order, for only whoever
 * drew it knows which is nearest; rows and seats within as people count.
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
