// @ts-check
/**
 * The arithmetic of a chart: scales that people read at a glance.
 *
 * @typedef {{at: number, value: number}} Point at: ms
 */

/** The longest and the shortest time that a chart shows, in ms. */
const longest = 3_600_000;
const shortest = 600_000;

/** A gap between two samples that is shown as a gap, in ms. */
const gap = 45_000;

/**
 * @param {number} most the highest value
 * @returns {number} the top of the axis: 1, 2 or 5 times a power of ten, at least 4
 */
export function topOf(most) {
  if (most <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * power).find((top) => top >= most) ?? 10 * power;
}

/**
 * @param {Point[]} points oldest first
 * @param {number} now ms
 * @returns {number} where the axis of time begins
 */
export function beginOf(points, now) {
  return Math.max(now - longest, Math.min(points[0]?.at ?? now, now - shortest));
}

/**
 * @param {Point[]} points
 * @param {number} begin
 * @param {number} now
 * @param {number} top
 * @returns {string} the d of a path in a box of 100 by 100, without a line over a gap
 */
export function pathOf(points, begin, now, top) {
  let last = -Infinity;
  return points
    .filter((point) => point.at >= begin)
    .map(({ at, value }) => {
      const move = at - last > gap ? "M" : "L";
      last = at;
      return `${move}${((100 * (at - begin)) / Math.max(1, now - begin)).toFixed(2)} ${(100 - (100 * value) / top).toFixed(2)}`;
    })
    .join("");
}
