// @ts-check
/**
 * Which of many values screen readers are told: the first one, and then one at each
 * mark that is passed on the way down.
 */

/** Places in line that are told. */
export const places = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000];

/** Seconds before an opening that are told. */
export const seconds = [10, 60, 300, 900, 3600];

/** Two announcements are at least so long apart, in ms, except for the last marks. */
const pause = 10_000;
const last = 3;

export class Milestones {
  /** @param {number[]} marks in rising order */
  constructor(marks) {
    this.marks = marks;
    this.band = Infinity;
    this.at = -Infinity;
  }

  /** @param {number} value @returns {number} how many marks lie below it */
  bandOf(value) {
    const band = this.marks.findIndex((mark) => value <= mark);
    return band < 0 ? this.marks.length : band;
  }

  /**
   * Whether a value is to be told now. One that comes too soon is told when it is asked
   * about again later.
   *
   * @param {number} value
   * @param {number} now ms
   */
  reached(value, now) {
    const band = this.bandOf(value);
    if (band >= this.band || (band >= last && now - this.at < pause)) return false;
    this.band = band;
    this.at = now;
    return true;
  }

  /** Begins again, for another place. */
  reset() {
    this.band = Infinity;
  }
}
