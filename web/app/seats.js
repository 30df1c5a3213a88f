// @ts-check
import * as http from "./http.js";
import { SeatPlan } from "./seat_plan.js";

/** The seats of the season: reads the plan and its statuses, and tells listeners which seats changed. */
export class Seats {
  /**
   * @param {import("./store.js").Store} store
   * @param {import("../../clients/js/src/usher.js").Usher} connection
   * @param {import("./notices.js").Notices} notices
   */
  constructor(store, connection, notices) {
    this.store = store;
    this.connection = connection;
    this.notices = notices;
    this.plan = new SeatPlan();
    /** Each is called with the indexes that changed, also of areas (see SeatPlan); null means all seats. @type {((changed: number[]|null) => void)[]} */
    this.listeners = [];
    this.reading = false;
    this.readAgain = false;
    /** Whether a message named seats that the plan here does not have, or has otherwise. */
    this.outdated = false;
    /** The address of the plan here; "" when it came without one. */
    this.address = "";
    /** A reading of the plan under way. @type {Promise<void>|null} */
    this.planRead = null;
  }

  /**
   * @param {(changed: number[]|null) => void} listener
   * @returns {() => void} stops listening
   */
  listen(listener) {
    this.listeners.push(listener);
    return () => (this.listeners = this.listeners.filter((other) => other !== listener));
  }

  async read() {
    // A call during a read, as after a reconnect, reads once more afterwards.
    this.readAgain = this.reading;
    if (this.reading) return;
    this.reading = true;
    try {
      await this.readPlan();
      await this.connection.request("seats", { format: "bitmap" });
    } catch (problem) {
      const { code } = /** @type {http.Problem} */ (problem);
      if (code !== "disconnected" && code !== "not_admitted") this.notices.fail(problem);
    } finally {
      this.reading = false;
    }
    if (this.readAgain) this.read();
  }

  /** Reads the plan while the fan still waits. It is read again where it is needed. */
  prefetch() {
    if (!this.plan.size) this.readPlan().catch(() => {});
  }

  /**
   * Reads the plan in force, unless it is the one here. Its address has its hash, so
   * the browser keeps it over reloads.
   *
   * @returns {Promise<void>}
   */
  readPlan() {
    this.planRead ??= this.readPlanOnce().finally(() => (this.planRead = null));
    return this.planRead;
  }

  async readPlanOnce() {
    const season = encodeURIComponent(this.store.state.season?.id || this.connection.season);
    const { plan } = await http.get(`/seasons/${season}`);
    if (plan && plan.url === this.address && this.plan.size && !this.outdated) return;
    const columns = plan && (await http.get(plan.url).catch(() => null));
    if (columns) {
      this.plan.setColumns(columns);
      this.address = plan.url;
    } else {
      // The node has not read the plan, or another node answered: the list has it all.
      const answer = await http.get(`/seats?season=${season}`);
      this.plan.set(answer.seats, answer.areas, answer.count);
      this.address = "";
    }
    this.outdated = false;
    this.changed(null);
  }

  /** @param {import("../../clients/js/wire.js").SeatBitmaps} message */
  async snapshot(message) {
    let changed = this.plan.applyBitmap(message);
    if (!changed) {
      // A new version of the plan was published since it was read here.
      await this.readPlan();
      changed = this.plan.applyBitmap(message);
    }
    this.store.set({ seatsReady: true });
    if (!changed) {
      // The node that answered does not have that version yet.
      this.outdated = true;
      setTimeout(() => this.read(), 2000 + Math.random() * 2000);
    }
    if (changed) this.changed(changed);
  }

  /** @param {import("../../clients/js/wire.js").Changes} message */
  changes(message) {
    const changed = this.plan.applyChanges(message);
    if (changed.length) this.changed(changed);
    if (message.plan) this.outdated = true;
    this.check(Object.keys(message.seats).map((seatNumber) => ({ seatNumber })));
    if (message.plan) this.read();
  }

  /**
   * Reads the plan again when it does not have these seats as they are.
   *
   * @param {{seatNumber: string, category?: string, price?: number, type?: string|null}[]} seats
   */
  check(seats) {
    if (this.outdated || !this.plan.size || this.plan.has(seats)) return;
    this.outdated = true;
    this.read();
  }

  /** @param {number[]|null} changed */
  changed(changed) {
    for (const listener of this.listeners) listener(changed);
  }
}
