// @ts-check
/**
 * What a buyer at the desk wants: named seats and places of areas.
 *
 * @typedef {object} Basket
 * @property {{seatNumber: string, type: string|null}[]} seats
 * @property {{area: string, count: number, type: string|null}[]} areas
 */

/** The most seats and places of one sale. */
export const mostSeats = 100;

/** @returns {Basket} */
export function emptyBasket() {
  return { seats: [], areas: [] };
}

/** @param {Basket} basket how many seats and places it has */
export function size(basket) {
  return basket.seats.length + basket.areas.reduce((sum, area) => sum + area.count, 0);
}

/**
 * Reads seat numbers as they are typed: separated by commas, semicolons or spaces.
 * "A-1..4" is the four seats from.
 *
 * @param {string} typed
 * @returns {string[]} each seat once
 */
export function readSeats(typed) {
  /** @type {string[]} */
  const seats = [];
  for (const word of typed.split(/[\s,;]+/)) {
    const range = /^(.*?)(\d+)\.\.(\d+)$/.exec(word);
    if (range) {
      const [from, to] = [Number(range[2]), Number(range[3])];
      for (let n = from; n <= to && seats.length <= mostSeats; n++) seats.push(`${range[1]}${n}`);
    } else if (word) seats.push(word);
  }
  return [...new Set(seats)];
}

/**
 * Adds seats that are not in the basket yet.
 *
 * @param {Basket} basket
 * @param {string[]} numbers
 * @param {string|null} type of their price
 * @returns {Basket}
 */
export function withSeats(basket, numbers, type) {
  const known = new Set(basket.seats.map((seat) => seat.seatNumber));
  return { ...basket, seats: [...basket.seats, ...numbers.filter((n) => !known.has(n)).map((seatNumber) => ({ seatNumber, type }))] };
}

/**
 * Adds places of an area; places of the same area and type are counted together.
 *
 * @param {Basket} basket
 * @param {string} area
 * @param {number} count
 * @param {string|null} type
 * @returns {Basket}
 */
export function withArea(basket, area, count, type) {
  const same = basket.areas.find((one) => one.area === area && one.type === type);
  if (!same) return { ...basket, areas: [...basket.areas, { area, count, type }] };
  return { ...basket, areas: basket.areas.map((one) => (one === same ? { ...one, count: one.count + count } : one)) };
}

/**
 * @param {Basket} basket
 * @param {string} seatNumber
 * @returns {Basket}
 */
export function withoutSeat(basket, seatNumber) {
  return { ...basket, seats: basket.seats.filter((seat) => seat.seatNumber !== seatNumber) };
}

/**
 * @param {Basket} basket
 * @param {number} index of the area
 * @returns {Basket}
 */
export function withoutArea(basket, index) {
  return { ...basket, areas: basket.areas.filter((_, i) => i !== index) };
}

/**
 * @param {Basket} basket
 * @param {string} seatNumber
 * @param {string|null} type
 * @returns {Basket}
 */
export function retyped(basket, seatNumber, type) {
  return { ...basket, seats: basket.seats.map((seat) => (seat.seatNumber === seatNumber ? { ...seat, type } : seat)) };
}

/**
 * The seats of a request to sell.
 *
 * @param {Basket} basket
 * @returns {{seats?: (string|{seatNumber: string, type: string})[], areas?: {area: string, count: number, type?: string}[]}}
 */
export function wanted({ seats, areas }) {
  /** @type {ReturnType<typeof wanted>} */
  const body = {};
  if (seats.length) body.seats = seats.map(({ seatNumber, type }) => (type === null ? seatNumber : { seatNumber, type }));
  if (areas.length) body.areas = areas.map(({ area, count, type }) => (type === null ? { area, count } : { area, count, type }));
  return body;
}

/** The codes with which the server refuses a sale after it has looked for an earlier press under its key. */
const refusals = ["seat_taken", "sold_out", "no_adjacent_seats", "unknown_seat", "key_reused"];

/**
 * Reports whether the next press of Sell is another sale and needs a key of its own. Every
 * other error (no connection, signed out, too many requests, a field that is wrong) says
 * nothing about an earlier press whose answer was lost: with the same key nothing is sold
 * twice.
 *
 * @param {string} code of the error
 */
export function endsSale(code) {
  return refusals.includes(code);
}

/**
 * The change that a buyer gets back.
 *
 * @param {string} given the money as it is typed, with a point or a comma
 * @param {number} total in minor units
 * @param {number} digits of the currency behind the point
 * @returns {number|null} in minor units; below 0: too little; null: no amount
 */
export function changeOf(given, total, digits) {
  const text = given.trim().replace(",", ".");
  if (!/^\d+(\.\d*)?$/.test(text)) return null;
  return Math.round(Number(text) * 10 ** digits) - total;
}
