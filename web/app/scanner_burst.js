// @ts-check
/**
 * Tells a hand scanner, which types like a keyboard, from a person: a scanner
 * presses many keys within a few milliseconds of each other.
 */

/** The fewest characters of a scan. Codes are longer; people type less at once. */
const least = 20;

/** The longest average time of a scanner between two keys, in ms. People are slower. */
const pace = 45;

/** After a pause of more than this the next key begins another burst, in ms. */
export const gap = 250;

export class Burst {
  constructor() {
    this.text = "";
    this.keys = 0;
    this.began = 0;
    this.last = -Infinity;
    /** Whether a key was pressed that types only together with the next one. */
    this.dead = false;
  }

  forget() {
    this.text = "";
    this.keys = 0;
    this.began = 0;
    this.last = -Infinity;
    this.dead = false;
  }

  /**
   * Takes one key that was pressed.
   *
   * @param {string} key as KeyboardEvent has it
   * @param {number} now ms
   * @returns {"first"|"more"|"end"|"none"} first: a burst may begin with this
   * character; more: a later character of the burst; end: Enter or Tab after a scan,
   * whose text is in text; none: not part of a burst
   */
  press(key, now) {
    const late = now - this.last > gap;
    if (key === "Enter" || key === "Tab") {
      if (!late && this.isScan()) return "end";
      this.forget();
      return "none";
    }
    if (key === "Dead" || key === "Process") this.dead = true;
    if ([...key].length !== 1) return "none"; // Shift and other keys without a character
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
   * Returns the scan that ended. A scanner or a busy machine may pause in the middle
   * of a code. The burst is then only the end of the code, and the field that was
   * typed into holds all of it. A few characters before the burst were typed by a
   * person. After a dead key only the field has what the keys typed together.
   *
   * @param {string|undefined} field the content of the field that was typed into
   * @returns {string}
   */
  scanned(field) {
    if (field === undefined) return this.text;
    if (this.dead && field.length >= least) return field;
    if (!field.endsWith(this.text)) return this.text;
    return field.length - this.text.length >= least ? field : this.text;
  }

  /** @returns {boolean} whether this is too long and too fast for a person */
  isScan() {
    return this.keys >= least && this.last - this.began <= pace * (this.keys - 1);
  }
}
