// @ts-check
import { isAway, scanId } from "./gate_offline.js";
import { offlineOutcome, outcomeOf, unchecked } from "./gate_outcome.js";
import { looksShort } from "./ticket_code.js";

/** @typedef {import("./gate_outcome.js").Answer} Answer */
/** @typedef {import("./gate_outcome.js").Outcome} Outcome */

/** Marks a ticket id in the queue of codes as a check-in by hand: no scanner types a control character. */
export const byHandMark = "\u0001by hand ";

/**
 * Checks scans one at a time, in their order: a hand scanner is quicker than a slow
 * network, and each answer belongs to one person.
 */
export class Scans {
  /**
   * @param {object} o
   * @param {(code: string, gate: string, scan: string) => Promise<Answer>} o.send
   * @param {() => number} o.now the server's time in ms
   * @param {string} o.season
   * @param {(code: string, waiting: number) => void} o.begun
   * @param {(outcome: Outcome, code: string) => void} o.done
   */
  constructor(o) {
    this.o = o;
    /** Checks tickets while the server cannot be reached; null: this device cannot. @type {import("./gate_offline.js").OfflineGate|null} */
    this.offline = null;
    /** @type {{code: string, gate: string}[]} */
    this.queue = [];
    this.busy = false;
    /** When the codes without an answer were first sent, by code and gate. @type {Map<string, number>} */
    this.unanswered = new Map();
  }

  /**
   * @param {string} code
   * @param {string} gate
   */
  add(code, gate) {
    code = code.trim();
    if (!code) return;
    this.queue.push({ code, gate });
    this.run();
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.o.begun(next.code, this.queue.length);
      this.o.done(await this.check(next.code, next.gate), next.code);
    }
    this.busy = false;
  }

  /**
   * @param {string} code
   * @param {string} gate
   * @returns {Promise<Outcome>}
   */
  async check(code, gate) {
    const { offline } = this;
    const byHand = code.startsWith(byHandMark);
    const scan = scanId();
    const key = `${gate}\n${code}`;
    const since = this.unanswered.get(key);
    const sent = this.o.now();
    try {
      const kept = byHand ? null : await offline?.unsettled(code);
      // The server does not know of that scan yet, and would admit this one.
      if (kept) return offlineOutcome(await this.offlineAnswer(code, gate, scan), this.o.now());
      if (offline?.state.away && offline.state.ready && !byHand) return offlineOutcome(await this.offlineAnswer(code, gate, scan), this.o.now());
      const answer = await this.o.send(code, gate, scan);
      offline?.back();
      this.unanswered.delete(key);
      await offline?.admitted(answer, gate).catch(() => {});
      // Clocks differ by less than two seconds; an older scan was not this device's.
      const lost = since !== undefined && answer.gate === gate && Date.parse(answer.admittedAt ?? "") >= since - 2000;
      return outcomeOf(answer, { code, season: this.o.season, now: this.o.now(), lost });
    } catch (thrown) {
      const problem = /** @type {import("./http.js").Problem} */ (thrown);
      if (offline && problem.code && isAway(problem)) {
        offline.lost();
        if (offline.state.ready && !byHand) return offlineOutcome(await this.offlineAnswer(code, gate, scan), this.o.now());
      }
      if (since === undefined) this.unanswered.set(key, sent);
      return unchecked(problem);
    }
  }

  /**
   * @param {string} code
   * @param {string} gate
   * @param {string} scan
   * @returns {Promise<import("./gate_offline.js").OfflineAnswer>}
   */
  async offlineAnswer(code, gate, scan) {
    try {
      return await /** @type {import("./gate_offline.js").OfflineGate} */ (this.offline).check(code, gate, scan, looksShort);
    } catch {
      // The device could not keep the scan, or not check a signature.
      return { result: /** @type {any} */ ("unchecked"), ticket: null, admittedAt: null, gate: null, why: "browser" };
    }
  }
}

/** After a code was out of the camera's sight for this long, seeing it is another scan, in ms. */
const outOfSight = 2500;

/** Makes scans of what a camera sees: it sees the same code many times a second. */
export class Sight {
  constructor() {
    /** When each code was last seen, in ms. @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * @param {string} code
   * @param {number} now ms
   * @returns {boolean} whether this is a new scan
   */
  sees(code, now) {
    for (const [other, at] of this.seen) if (now - at > outOfSight) this.seen.delete(other);
    const isNew = !this.seen.has(code);
    this.seen.set(code, now);
    return isNew;
  }
}
