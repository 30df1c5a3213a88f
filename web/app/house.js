// @ts-check
import * as http from "./http.js";
import { SeatBook } from "./seat_book.js";
import { explain } from "./explain.js";

/** The seats of the season: reads the plan and its statuses, and tells who draws them what changed. */
export class House {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("./connection.js").Connection} connection
   */
  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
    this.book = new SeatBook();
    /** Told which indexes changed; null means the whole house. @type {((changed: number[]|null) => void)[]} */
    this.listeners = [];
    this.reading = false;
    this.readAgain = false;
    /** Seats were named that the plan here does not have as they are. */
    this.outdated = false;
  }

  async read() {
    // Asked for again while under way (a reconnect): once more afterwards.
    this.readAgain = this.reading;
    if (this.reading) return;
    this.reading = true;
    try {
      if (!this.book.plan.length || this.outdated) await this.readPlan();
      await this.connection.request("seats", { format: "bitmap" });
    } catch (problem) {
      const { code } = /** @type {http.Problem} */ (problem);
      if (code !== "disconnected" && code !== "not_admitted") this.store.set({ notice: { kind: "error", text: explain(/** @type {http.Problem} */ (problem)) } });
    } finally {
      this.reading = false;
    }
    if (this.readAgain) this.read();
  }

  async readPlan() {
    const answer = await http.get(`/seats?season=${encodeURIComponent(this.connection.season)}`);
    this.outdated = false;
    this.book.setPlan(answer.seats);
    this.changed(null);
  }

  /** @param {any} message */
  async snapshot(message) {
    let changed = this.book.applyBitmap(message);
    if (!changed) {
      // The plan was published anew under our feet.
      await this.readPlan();
      changed = this.book.applyBitmap(message);
    }
    this.store.set({ seatsReady: true });
    if (!changed) {
      // Whoever answered does not have that plan yet.
      this.outdated = true;
      setTimeout(() => this.read(), 2000 + Math.random() * 2000);
    }
    if (changed) this.changed(changed);
  }

  /** @param {any} message */
  changes(message) {
    const changed = this.book.applyChanges(message);
    if (changed.length) this.changed(changed);
    this.check(Object.keys(message.seats).map((seatNumber) => ({ seatNumber })));
  }

  /**
   * Reads the plan again when it is not the one that seats are from.
   *
   * @param {{seatNumber: string, category?: string, price?: number}[]} seats
   */
  check(seats) {
    if (this.outdated || !this.book.plan.length || this.book.knows(seats)) return;
    this.outdated = true;
    this.read();
  }

  /** @param {number[]|null} changed */
  changed(changed) {
    this.store.set({ seatsRevision: this.store.state.seatsRevision + 1 });
    for (const listener of this.listeners) listener(changed);
  }
}
