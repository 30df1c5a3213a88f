// @ts-check
import { cartLines, placesInWords } from "./cart_lines.js";
import { list, money, seatName, when } from "./format.js";
import { areas as areaTexts, cart as texts, seats as seatTexts } from "./texts/chosen.js";
import * as clock from "./clock.js";
import { announce } from "./views/announcer.js";

/** @typedef {import("./types/app.js").Place} Place */

/** How many other seats are offered when one was taken. */
const others = 2;

/** The seats that the fan holds: takes them, gives them back, and shows what the server says of them. */
export class Cart {
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
  }

  /** @param {import("../../clients/js/wire.js").CartMessage} message */
  update(message) {
    this.store.set({ cart: message.cart });
    this.seats.check(message.cart?.seats ?? []);
    if (message.reason === "expired") this.store.set({ notice: { kind: "warning", text: texts.expired, place: "cart" } });
  }

  /** @returns {string[]} the numbers of the seats held */
  held() {
    return this.store.state.cart?.seats.map((seat) => seat.seatNumber) ?? [];
  }

  /**
   * @param {string[]} seats
   * @param {Place} place where the fan pressed
   * @param {string|null} [type] of the price; null: the normal price
   * @returns {Promise<boolean>} whether they are held
   */
  async hold(seats, place, type = null) {
    this.notices.dismiss();
    const choices = type === null ? seats : seats.map((seatNumber) => ({ seatNumber, type }));
    const held = await this.mark(seats, () => this.requests.send("hold", { seats: choices }, undefined, place, (problem) => (problem.code === "seat_taken" ? this.nearest(seats[0]) : [])));
    if (held) this.say();
    return held;
  }

  /**
   * @param {string} area
   * @param {number} count of its places; the server chooses which
   * @param {Place} place where the fan pressed
   * @param {string|null} [type] of the price; null: the normal price
   * @returns {Promise<boolean>} whether they are held
   */
  async holdArea(area, count, place, type = null) {
    this.notices.dismiss();
    const wanted = { area, count, ...(type === null ? {} : { type }) };
    const held = await this.requests.send("hold", { areas: [wanted] }, undefined, place, undefined, (problem) => {
      if (problem.code !== "sold_out") return null;
      return areaTexts.few(area, this.seats.plan.areas.find((one) => one.area === area)?.available ?? 0);
    });
    if (held) this.say();
    return held;
  }

  /**
   * Says that a seat which the fan pressed is another fan's, and offers the nearest
   * free ones: the press is not lost.
   *
   * @param {number} index
   * @param {Place} place
   */
  taken(index, place) {
    const { plan } = this.seats;
    const offers = this.nearest(plan.numbers[index]);
    this.store.set({ notice: { kind: "warning", text: texts.taken(plan.numbers[index], seatTexts.reasons[plan.status(index)], offers.length), place, offers } });
  }

  /**
   * @param {string} seatNumber
   * @returns {import("./types/app.js").Offer[]} the nearest free seats
   */
  nearest(seatNumber) {
    const { plan } = this.seats;
    const index = plan.byNumber.get(seatNumber);
    if (index === undefined) return [];
    const { highest, season } = this.store.state;
    const wanted = (/** @type {number} */ i) => highest === null || plan.prices[plan.priceOf[i]] <= highest;
    return plan.nearest(index, others, wanted).map((i) => {
      const seat = plan.seat(i);
      return { seats: [seat.seatNumber], words: seatName(seat, season?.currency ?? "EUR") };
    });
  }

  /**
   * @param {import("../../clients/js/wire.js").Best} best
   * @returns {Promise<boolean>} whether they are held
   */
  async holdBest(best) {
    this.notices.dismiss();
    const before = new Set(this.held());
    if (!(await this.requests.send("hold", { best }, undefined, "best"))) return false;
    const fresh = this.held().filter((seat) => !before.has(seat));
    this.store.set({ found: { seats: fresh.length ? fresh : this.held() } });
    this.say();
    return true;
  }

  /**
   * @param {string[]} [seats] none: all
   * @param {Place} [place] where the fan pressed
   */
  async release(seats, place = "cart") {
    this.notices.dismiss();
    const named = seats ?? this.held();
    const released = await this.mark(named, () => this.requests.send("release", seats ? { seats } : {}, undefined, place));
    if (released) announce(`${texts.released(this.inWords(named))} ${this.words()}`);
    return released;
  }

  /** Asks for a minute more. */
  async extend() {
    if (!(await this.requests.send("extend", {}, undefined, "cart"))) return;
    const { cart } = this.store.state;
    if (cart?.expiresAt) announce(texts.extended(when(cart.expiresAt, clock.now())));
  }

  /** Tells screen readers what is held now. */
  say() {
    announce(this.words());
  }

  /** @param {string[]} numbers of seats */
  inWords(numbers) {
    return list(placesInWords(numbers, this.seats.plan, areaTexts.line));
  }

  /** @returns {import("./cart_lines.js").CartLine[]} */
  lines() {
    return cartLines(this.store.state.cart?.seats ?? [], this.seats.plan);
  }

  words() {
    const { cart } = this.store.state;
    if (!cart?.seats.length || !cart.expiresAt) return texts.holdNothing;
    return texts.holding(this.inWords(this.held()), money(cart.total, cart.currency), when(cart.expiresAt, clock.now()));
  }

  /**
   * Marks seats as asked for while a request is in flight.
   *
   * @template T
   * @param {string[]} seats
   * @param {() => Promise<T>} send
   */
  async mark(seats, send) {
    this.store.set({ asking: new Set([...this.store.state.asking, ...seats]) });
    const answer = await send();
    const asking = new Set(this.store.state.asking);
    for (const seat of seats) asking.delete(seat);
    this.store.set({ asking });
    return answer;
  }
}
