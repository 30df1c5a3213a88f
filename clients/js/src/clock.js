// @ts-check
/**
 * The server's clock, estimated from its last status. Deadlines come from the
 * server, and the clock of a fan's device may be wrong by hours.
 */
export class Clock {
  constructor() {
    /** What the device's clock lacks, in ms. */
    this.offset = 0;
  }

  /** @param {string} serverTime RFC 3339, read just now */
  set(serverTime) {
    const at = Date.parse(serverTime);
    if (!Number.isNaN(at)) this.offset = at - Date.now();
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
