// @ts-check
import { seats as texts } from "./texts/chosen.js";

/**
 * A seat of the plan, without its status.
 *
 * @typedef {{seatNumber: string, category: string, price: number, prices: Record<string, number>, section: string, row: string, x: number, y: number, index: number}} PlanSeat
 * @typedef {import("../../clients/js/wire.js").SeatStatus} SeatStatus
 * @typedef {import("../../clients/js/wire.js").SeatPlan} Columns
 */

/** The statuses, by the small numbers that the plan keeps. */
export const statuses = /** @type {const} */ (["available", "unavailable", "inTransaction", "booked"]);

/** @type {Record<string, number>} */
const codes = { available: 0, unavailable: 1, inTransaction: 2, booked: 3 };

/**
 * The seat plan and every seat's status, in columns: 50,000 seats are a few arrays of
 * numbers, and a seat becomes an object only where one is shown.
 */
export class SeatPlan {
  constructor() {
    /** The number of seats. */
    this.size = 0;
    /** Seat numbers by index. @type {string[]} */
    this.numbers = [];
    /** @type {Map<string, number>} seat number → index */
    this.byNumber = new Map();
    /** @type {string[]} */
    this.sections = [];
    /** @type {string[]} */
    this.rows = [];
    /** @type {string[]} */
    this.categories = [];
    /** Prices in minor units, the lowest first. @type {number[]} */
    this.prices = [];
    // By index: places in the lists above, and coordinates in seat widths.
    this.sectionOf = new Uint32Array(0);
    this.rowOf = new Uint32Array(0);
    this.categoryOf = new Uint32Array(0);
    this.priceOf = new Uint32Array(0);
    /** Prices of seats besides the normal one, by type. @type {Record<string, number>[]} */
    this.lists = [];
    this.listOf = new Uint32Array(0);
    this.xs = new Float32Array(0);
    this.ys = new Float32Array(0);
    /** 1 for a place of an area, which is counted, but neither drawn nor listed. */
    this.isUnit = new Uint8Array(0);
    /** The numbered seats. */
    this.seatCount = 0;
    /** The categories that have a numbered seat. @type {string[]} */
    this.seatCategories = [];
    /** The types of prices of numbered seats, sorted. @type {string[]} */
    this.seatTypes = [];
    /**
     * The areas, with what is left in them. Where one stands for a seat, as on the map, its index is size + its place here.
     *
     * @type {import("../../clients/js/wire.js").Area[]}
     */
    this.areas = [];
    /** How many seats are free, by section and price: section × prices.length + price. */
    this.free = new Int32Array(0);
    /** A status code for each seat, by index. */
    this.codes = new Uint8Array(0);
    /** The newest version applied; anything older is ignored. */
    this.version = -1;
    this.hasStatuses = false;
  }

  /** @param {Columns} columns as the season's plan.url gives them */
  setColumns(columns) {
    const { count } = columns;
    const prefixes = unrolled(columns.prefix, count);
    const digits = added(columns.number);
    this.take({
      numbers: Array.from(prefixes, (prefix, i) => columns.prefixes[prefix] + (digits[i] < 0 ? "" : digits[i])),
      sections: columns.sections,
      rows: columns.rows,
      categories: columns.categories,
      prices: columns.prices,
      sectionOf: unrolled(columns.section, count),
      rowOf: unrolled(columns.row, count),
      categoryOf: unrolled(columns.category, count),
      priceOf: unrolled(columns.price, count),
      lists: columns.lists ?? [],
      listOf: unrolled(columns.list ?? [], count),
      xs: Float32Array.from(added(columns.x), (x) => x / 1000),
      ys: Float32Array.from(added(columns.y), (y) => y / 1000),
      isUnit: Uint8Array.from(unrolled(columns.area ?? [], count), (area) => (area ? 1 : 0)),
    });
    this.areas = areasOf(this, columns.areas ?? [], unrolled(columns.area ?? [], count));
  }

  /**
   * @param {import("../../clients/js/wire.js").Seat[]} seats as GET /seats gives them, in any order
   * @param {import("../../clients/js/wire.js").Area[]} [areas] the same
   * @param {number} [count] of all indexes: those without a seat are places of areas
   */
  set(seats, areas = [], count = seats.length) {
    const like = seats[0] ?? { id: "", section: "", row: "", x: 0, y: 0, status: "available", category: areas[0]?.category ?? "", price: areas[0]?.price ?? 0 };
    /** @type {typeof seats} */
    const sorted = Array.from({ length: count }, (_, index) => ({ ...like, seatNumber: "", index }));
    for (const seat of seats) sorted[seat.index] = seat;
    const column = (/** @type {(seat: typeof sorted[number]) => string|number} */ of) => {
      const known = new Map();
      const places = Uint32Array.from(sorted, (seat) => {
        const value = of(seat);
        if (!known.has(value)) known.set(value, known.size);
        return known.get(value);
      });
      return /** @type {[any[], Uint32Array<ArrayBuffer>]} */ ([[...known.keys()], places]);
    };
    const [sections, sectionOf] = column((seat) => seat.section);
    const [rows, rowOf] = column((seat) => seat.row);
    const [categories, categoryOf] = column((seat) => seat.category);
    const [prices, priceOf] = column((seat) => seat.price);
    const [texts, listOf] = column((seat) => JSON.stringify(seat.prices ?? {}));
    const lists = texts.map((text) => JSON.parse(text));
    const xs = Float32Array.from(sorted, (seat) => seat.x);
    const ys = Float32Array.from(sorted, (seat) => seat.y);
    this.take({ numbers: sorted.map((seat) => seat.seatNumber), sections, rows, categories, prices, sectionOf, rowOf, categoryOf, priceOf, lists, listOf, xs, ys, isUnit: Uint8Array.from(sorted, (seat) => (seat.seatNumber ? 0 : 1)) });
    this.areas = areas;
    this.replace(Uint8Array.from(sorted, (seat) => codes[seat.status] ?? 1));
  }

  /** @param {Pick<SeatPlan, "numbers"|"sections"|"rows"|"categories"|"prices"|"sectionOf"|"rowOf"|"categoryOf"|"priceOf"|"lists"|"listOf"|"xs"|"ys"|"isUnit">} columns */
  take(columns) {
    const order = columns.prices.map((price, i) => ({ price, i })).sort((a, b) => a.price - b.price);
    const place = new Uint32Array(order.length);
    order.forEach(({ i }, at) => (place[i] = at));
    Object.assign(this, columns);
    this.prices = order.map(({ price }) => price);
    this.priceOf = columns.priceOf.map((price) => place[price]);
    this.size = columns.numbers.length;
    this.byNumber = new Map();
    const categories = new Set();
    const lists = new Set();
    this.seatCount = 0;
    for (let i = 0; i < this.size; i++) {
      if (this.numbers[i]) this.byNumber.set(this.numbers[i], i);
      if (this.isUnit[i]) continue;
      this.seatCount++;
      categories.add(this.categoryOf[i]);
      lists.add(this.listOf[i]);
    }
    this.seatCategories = this.categories.filter((_, i) => categories.has(i));
    this.seatTypes = [...new Set(this.lists.flatMap((list, i) => (lists.has(i) ? Object.keys(list) : [])))].sort();
    this.version = -1;
    this.hasStatuses = false;
    this.replace(new Uint8Array(this.size).fill(codes.unavailable));
  }

  /** Replaces all statuses and counts what is free. @param {Uint8Array<ArrayBuffer>} next */
  replace(next) {
    const prices = this.prices.length;
    this.codes = next;
    this.free = new Int32Array(this.sections.length * prices);
    for (let i = 0; i < next.length; i++) if (next[i] === 0 && !this.isUnit[i]) this.free[this.sectionOf[i] * prices + this.priceOf[i]]++;
  }

  /**
   * @param {number} index
   * @returns {PlanSeat}
   */
  seat(index) {
    return {
      seatNumber: this.numbers[index],
      category: this.categories[this.categoryOf[index]],
      price: this.prices[this.priceOf[index]],
      prices: this.lists[this.listOf[index]] ?? {},
      section: this.sections[this.sectionOf[index]],
      row: this.rows[this.rowOf[index]],
      x: this.xs[index],
      y: this.ys[index],
      index,
    };
  }

  /**
   * @param {number} section its place in sections
   * @param {number} [highest] count only seats up to this price
   * @returns {number} the free seats
   */
  freeIn(section, highest = Infinity) {
    let n = 0;
    const from = section * this.prices.length;
    for (let p = 0; p < this.prices.length && this.prices[p] <= highest; p++) n += this.free[from + p];
    return n;
  }

  /**
   * Whether the plan has these seats as the server names them. Seats may be added
   * or removed and change their prices while a fan looks at them.
   *
   * @param {{seatNumber: string, category?: string, price?: number, type?: string|null}[]} seats
   */
  has(seats) {
    return seats.every((seat) => {
      const index = this.byNumber.get(seat.seatNumber);
      // A list of seats has no places of areas.
      if (index === undefined) return this.seatCount < this.size && this.areaOf(seat.seatNumber) !== null;
      const known = this.seat(index);
      const price = seat.type ? known.prices[seat.type] : known.price;
      return (seat.price ?? price) === price && (seat.category ?? known.category) === known.category;
    });
  }

  /**
   * @param {string} number of a seat
   * @returns {import("../../clients/js/wire.js").Area|null} the area of which it is a place. No numbered seat has such a number
   */
  areaOf(number) {
    const name = /^(.+)-\d{4,}$/.exec(number)?.[1];
    return this.areas.find(({ area }) => area === name) ?? null;
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
   * @returns {number[]|null} the indexes that changed, also of areas; null when it is of another plan
   */
  applyBitmap(bitmap) {
    if (bitmap.count !== this.size) return null;
    const areas = this.applyAreas(bitmap.areas ?? []);
    if (!areas) return null;
    const next = new Uint8Array(this.size);
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
    for (let i = 0; i < next.length; i++) if (next[i] !== this.codes[i] && !this.isUnit[i]) changed.push(i);
    this.replace(next);
    this.version = bitmap.version;
    this.hasStatuses = true;
    return changed.concat(areas);
  }

  /**
   * @param {import("../../clients/js/wire.js").Area[]} areas as they are now
   * @returns {number[]|null} the indexes of those that changed; null when the plan here lacks one
   */
  applyAreas(areas) {
    const changed = [];
    for (const now of areas) {
      const at = this.areas.findIndex(({ area }) => area === now.area);
      if (at < 0 && now.capacity > 0) return null;
      if (at < 0 || JSON.stringify(this.areas[at]) === JSON.stringify(now)) continue;
      this.areas[at] = now;
      changed.push(this.size + at);
    }
    return changed;
  }

  /**
   * @param {Omit<import("../../clients/js/wire.js").Changes, "type">} changes
   * @returns {number[]} the indexes that changed, also of areas
   */
  applyChanges(changes) {
    if (!this.hasStatuses || changes.version < this.version) return [];
    this.version = changes.version;
    const changed = [];
    for (const number in changes.seats) {
      const index = this.byNumber.get(number);
      const code = codes[changes.seats[number]];
      if (index === undefined || code === undefined || this.codes[index] === code || this.isUnit[index]) continue;
      const counter = this.sectionOf[index] * this.prices.length + this.priceOf[index];
      this.free[counter] += Number(code === 0) - Number(this.codes[index] === 0);
      this.codes[index] = code;
      changed.push(index);
    }
    return changed.concat(this.applyAreas(changes.areas ?? []) ?? []);
  }

  /**
   * @param {number} from a seat's index
   * @param {number} count
   * @param {(index: number) => boolean} [may] left out: any free seat
   * @returns {number[]} the indexes of the nearest free seats, the nearest first; of two
   * equally near, the one in the same row
   */
  nearest(from, count, may = () => true) {
    /** @type {{index: number, far: number}[]} */
    const found = [];
    for (let i = 0; i < this.size; i++) {
      if (this.codes[i] !== 0 || i === from || this.isUnit[i] || !may(i)) continue;
      const sameRow = this.rowOf[i] === this.rowOf[from] && this.sectionOf[i] === this.sectionOf[from];
      const far = Math.hypot(this.xs[i] - this.xs[from], this.ys[i] - this.ys[from]) * (sameRow ? 0.7 : 1);
      if (found.length === count && far >= found[count - 1].far) continue;
      found.push({ index: i, far });
      found.sort((a, b) => a.far - b.far);
      if (found.length > count) found.pop();
    }
    return found.map(({ index }) => index);
  }
}

/**
 * @param {SeatPlan} plan
 * @param {string[]} names of the areas
 * @param {Uint32Array} areaOf by index: 0, or the place of the area's name + 1
 * @returns {import("../../clients/js/wire.js").Area[]} as the plan has them: nothing is known to be free yet
 */
function areasOf(plan, names, areaOf) {
  /** @type {import("../../clients/js/wire.js").Area[]} */
  const areas = names.map((area) => ({ area, category: "", price: 0, capacity: 0, available: 0 }));
  for (let index = 0; index < plan.size; index++) {
    if (!areaOf[index]) continue;
    const area = areas[areaOf[index] - 1];
    if (!area.capacity++) {
      const { category, price, prices } = plan.seat(index);
      Object.assign(area, { category, price }, Object.keys(prices).length ? { prices } : {});
    }
  }
  return areas;
}

/**
 * @param {number[]} runs value, length, value, length
 * @param {number} count
 */
function unrolled(runs, count) {
  const all = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) all.fill(runs[i], at, (at += runs[i + 1]));
  return all;
}

/** @param {number[]} differences */
function added(differences) {
  let value = 0;
  return differences.map((difference) => (value += difference));
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
 * @param {SeatPlan} plan
 * @param {(a: string, b: string) => number} byName
 * @returns {{name: string, section: number, size: number, rows: () => {name: string, seats: number[]}[]}[]} rows are
 * sorted when they are asked for; seats are indexes
 */
export function bySection(plan, byName) {
  /** @type {number[][]} */
  const members = plan.sections.map(() => []);
  for (let i = 0; i < plan.size; i++) if (!plan.isUnit[i]) members[plan.sectionOf[i]].push(i);
  const sections = members.map((seats, section) => ({ seats, section })).filter(({ seats }) => seats.length > 0);
  return sections.map(({ seats, section }) => ({
    name: plan.sections[section],
    section,
    size: seats.length,
    rows() {
      /** @type {Map<number, number[]>} */
      const rows = new Map();
      for (const i of seats) {
        const row = rows.get(plan.rowOf[i]);
        if (row) row.push(i);
        else rows.set(plan.rowOf[i], [i]);
      }
      return [...rows]
        .map(([row, inRow]) => ({ name: plan.rows[row], seats: inRow.sort((a, b) => byName(plan.numbers[a], plan.numbers[b])) }))
        .sort((a, b) => byName(a.name, b.name));
    },
  }));
}
