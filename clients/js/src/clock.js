// @ts-check
/**
 * The server's clock, estimated from its statuses. Deadlines come from the server, and
 * the clock of a fan's device may be wrong by hours.
 *
 * Each status was on its way for a while, so it says a time that is already past: the
 * latest estimate of several is the best. A page that was asleep reads statuses that
 * are minutes old; they do not count. A device whose clock was set forward looks the
 * same at first, but then every later status agrees.
 */

/** How far, in ms, an estimate may lie behind the best one and still say nothing new. */
const late = 10_000;
/** How well, in ms, two estimates must agree to be taken for a clock that was set. */
const agree = 2000;
/** How much time, in ms, must lie between two statuses that agree. */
const apart = 1000;

export class Clock {
  constructor() {
    /** What the device's clock lacks, in ms; null before the first status. @type {number|null} */
    this.known = null;
    /** An estimate far behind the best one, and when it was made. @type {{offset: number, at: number}|null} */
    this.doubtful = null;
  }

  /** What the device's clock lacks, in ms. */
  get offset() {
    return this.known ?? 0;
  }

  /** @param {string} serverTime RFC 3339, read just now */
  set(serverTime) {
    const at = Date.now();
    const offset = Date.parse(serverTime) - at;
    if (Number.isNaN(offset)) return;
    if (this.known === null || offset >= this.known) {
      this.known = offset;
      this.doubtful = null;
      return;
    }
    if (this.known - offset < late) return;
    if (this.doubtful && Math.abs(this.doubtful.offset - offset) < agree && at - this.doubtful.at >= apart) {
      this.known = Math.max(offset, this.doubtful.offset);
      this.doubtful = null;
    } else if (!this.doubtful || Math.abs(this.doubtful.offset - offset) >= agree) this.doubtful = { offset, at };
  }

  /** @returns {number} the server's time in ms */
  now() {
    return Date.now() + this.offset;
  }

  /**
   * @param {string|null|undefined} moment RFC 3339
   * @returns {number} ms left, never below 0; 0 for no moment
   */
  left(moment) {
    if (!moment) return 0;
    return Math.max(0, Date.parse(moment) - this.now());
  }
}
