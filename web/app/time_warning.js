// @ts-check
/** When a fan is warned that a time ends, in seconds before: WCAG 2.2.1 asks for 20 at least. */
export const warnings = [60, 20];

/** Says once each that a time ends in a minute and in twenty seconds. */
export class TimeWarning {
  constructor() {
    /** The end that the warnings below were for. */
    this.end = "";
    /** The last warning given for it, in seconds; Infinity: none. */
    this.given = Infinity;
  }

  /**
   * @param {string|null} end RFC 3339; null: no time runs
   * @param {number} left ms
   * @returns {number} the warning that is due now, in seconds; 0: none
   */
  due(end, left) {
    if (end !== this.end) {
      this.end = end ?? "";
      this.given = Infinity;
    }
    if (end === null || left <= 0) return 0;
    const now = warnings.filter((seconds) => left <= seconds * 1000).pop();
    if (now === undefined || now >= this.given) return 0;
    this.given = now;
    return now;
  }
}
