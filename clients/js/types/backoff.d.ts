/**
 * @param {number} attempt counts from 0
 * @param {() => number} [random] from 0 up to 1
 * @returns {number} milliseconds
 */
export function fullJitter(attempt: number, random?: () => number): number;
/**
 * How long to wait before the next attempt. Full jitter: clients that lost their
 * sockets in one restart must not come back at once. A module of its own, because
 * connections and purchases both wait this way.
 */
export const base: 500;
export const longest: 30000;
