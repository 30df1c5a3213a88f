// @ts-check
/**
 * @typedef {import("../../clients/js/wire.js").CartSeat} CartSeat
 *
 * What stands on one line of the cart: a numbered seat, or the places of an area that
 * have one type of price.
 *
 * @typedef {{area: string|null, type: string|null, category: string, price: number, seats: CartSeat[]}} CartLine price: of all
 */

/**
 * @param {CartSeat[]} seats in the cart
 * @param {import("./seat_plan.js").SeatPlan} plan
 * @returns {CartLine[]} in the order of the cart
 */
export function cartLines(seats, plan) {
  /** @type {CartLine[]} */
  const lines = [];
  for (const seat of seats) {
    const area = plan.areaOf(seat.seatNumber)?.area ?? null;
    const line = area === null ? undefined : lines.find((other) => other.area === area && other.type === seat.type && other.category === seat.category);
    if (line) {
      line.seats.push(seat);
      line.price += seat.price;
    } else lines.push({ area, type: seat.type, category: seat.category, price: seat.price, seats: [seat] });
  }
  return lines;
}

/**
 * @param {string[]} numbers of seats
 * @param {import("./seat_plan.js").SeatPlan} plan
 * @param {(area: string, places: number) => string} words for places of an area
 * @returns {string[]} the seats by their numbers, and places of areas as how many there are
 */
export function placesInWords(numbers, plan, words) {
  /** @type {Map<string, number>} area → places */
  const places = new Map();
  const seats = numbers.filter((number) => {
    const area = plan.areaOf(number)?.area;
    if (area) places.set(area, (places.get(area) ?? 0) + 1);
    return !area;
  });
  return [...seats, ...[...places].map(([area, n]) => words(area, n))];
}
