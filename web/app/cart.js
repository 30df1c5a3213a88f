// @ts-check
import { cart as texts } from "./texts/chosen.js";

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
    if (message.reason === "expired") this.notices.show("warning", texts.expired);
  }

  /** @param {string[]} seats */
  hold(seats) {
    return this.mark(seats, () => this.requests.send("hold", { seats }));
  }

  /** @param {import("../../clients/js/wire.js").Best} best */
  holdBest(best) {
    return this.requests.send("hold", { best });
  }

  /** @param {string[]} [seats] none: all */
  release(seats) {
    const named = seats ?? this.store.state.cart?.seats.map((seat) => seat.seatNumber) ?? [];
    return this.mark(named, () => this.requests.send("release", seats ? { seats } : {}));
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
