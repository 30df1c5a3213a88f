// @ts-check
/**
 * A number that falls to its new value in steps which the eye can follow. It never
 * shows less than the truth, and never rises: a higher number is another place, and
 * is shown at once.
 */

/** How long a fall takes, in ms. */
const fall = 900;

/**
 * @param {number} from
 * @param {number} to below from
 * @param {number} share of the time that has passed, 0 to 1
 * @returns {number} a whole number, from downwards, never below to
 */
export function between(from, to, share) {
  if (share >= 1) return to;
  const rest = (1 - Math.max(0, share)) ** 3;
  return Math.min(from, Math.ceil(to + (from - to) * rest));
}

export class Falling {
  /**
   * @param {(n: number) => void} show
   * @param {() => boolean} still whether nothing may move
   */
  constructor(show, still) {
    this.show = show;
    this.still = still;
    /** @type {number|null} */
    this.shown = null;
    this.from = 0;
    this.to = 0;
    this.began = 0;
    this.frame = 0;
  }

  /** @param {number} n */
  set(n) {
    if (this.shown === null || n >= this.shown || this.still()) {
      this.stop();
      this.put(n);
      this.to = n;
      return;
    }
    if (n === this.to && this.frame) return;
    this.from = this.shown;
    this.to = n;
    this.began = performance.now();
    if (!this.frame) this.frame = requestAnimationFrame(() => this.step());
  }

  step() {
    this.frame = 0;
    // The page may have gone to the background, where no frames are drawn.
    const share = this.still() ? 1 : (performance.now() - this.began) / fall;
    this.put(between(this.from, this.to, share));
    if (share < 1) this.frame = requestAnimationFrame(() => this.step());
  }

  /** @param {number} n */
  put(n) {
    this.shown = n;
    this.show(n);
  }

  stop() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

/** Whether a number of this page may not move now: the person wants no motion, or does not look. */
export const standsStill = () => document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
