// @ts-check
/**
 * Tells a hand scanner, which types, from a person: it presses many keys within a
 * few milliseconds of each other.
 */

/** From so many signs a burst is a scan. Codes are longer, what people type at once is shorter. */
const least = 20;

/** The longest a scanner takes for a key on average, in ms: no person keeps this up. */
const pace = 45;

/** A longer wait before a key begins another burst, in ms. */
export const gap = 250;

export class Burst {
  constructor() {
    this.text = "";
    this.keys = 0;
    this.began = 0;
    this.last = -Infinity;
  }

  forget() {
    this.text = "";
    this.keys = 0;
    this.began = 0;
    this.last = -Infinity;
  }

  /**
   * Takes a key that was pressed.
   *
   * @param {string} key as KeyboardEvent has it
   * @param {number} now ms
   * @returns {"first"|"more"|"end"|"none"} first: a new burst may begin with this
   * sign; more: a sign of it; end: Enter or Tab after a scan, whose text is in
   * text; none: nothing of a burst
   */
  press(key, now) {
    const late = now - this.last > gap;
    if (key === "Enter" || key === "Tab") {
      if (!late && this.isScan()) return "end";
      this.forget();
      return "none";
    }
    if ([...key].length !== 1) return "none"; // Shift and its like
    if (late) {
      this.forget();
      this.began = now;
    }
    this.text += key;
    this.keys++;
    this.last = now;
    return this.keys === 1 ? "first" : "more";
  }

  /**
   * The scan that ended. A scanner, or a busy machine, may pause in the middle of a
   * code, and the burst is then only its tail: the field that was typed into holds
   * all of it. A few signs before the burst are what a person had typed.
   *
   * @param {string|undefined} field what the field that was typed into holds
   * @returns {string}
   */
  scanned(field) {
    if (field === undefined || !field.endsWith(this.text)) return this.text;
    return field.length - this.text.length >= least ? field : this.text;
  }

  /** @returns {boolean} whether this is too long and too fast for a person */
  isScan() {
    return this.keys >= least && this.last - this.began <= pace * (this.keys - 1);
  }
}
