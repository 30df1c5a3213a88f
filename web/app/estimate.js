// @ts-check
/**
 * The expected wait as it is shown. The server's estimate changes with every fan who
 * comes or goes, and is missing at times. The page keeps the last one, from which time
 * passes, until one comes that says something else.
 *
 * @typedef {import("../../clients/js/wire.js").ETA} ETA
 *
 * @typedef {object} Estimate
 * @property {number} p50 seconds left at the moment `at`
 * @property {number} p90
 * @property {number|null} at ms of the server's clock; null: admission stands still, and no time passes from it
 */

/** By which part, and by how many seconds besides, an estimate must differ to be another one. */
const part = 0.15;
const seconds = 20;

/**
 * What is left of an estimate; negative when it was too short.
 *
 * @param {Estimate} kept
 * @param {number} now ms of the server's clock
 * @returns {ETA}
 */
export function left(kept, now) {
  const passed = kept.at === null ? 0 : Math.max(0, now - kept.at) / 1000;
  return { p50: kept.p50 - passed, p90: kept.p90 - passed };
}

/**
 * @param {Estimate|null} kept
 * @param {ETA|null} fresh of the server
 * @param {number} now
 * @param {boolean} runs whether fans are admitted
 * @returns {Estimate|null} what to show from now on
 */
export function follow(kept, fresh, now, runs) {
  const old = kept && left(kept, now);
  const same = !fresh || (old !== null && near(old.p50, fresh.p50) && near(old.p90, fresh.p90));
  const next = same ? old : fresh;
  return next && { p50: next.p50, p90: next.p90, at: runs ? now : null };
}

/** @param {number} a @param {number} b */
const near = (a, b) => Math.abs(a - b) <= seconds + part * Math.max(a, b);

/**
 * The estimate for people: never below a few seconds, null when its time has passed.
 *
 * @param {Estimate|null} kept
 * @param {number} now
 * @returns {ETA|null}
 */
export function shown(kept, now) {
  if (!kept) return null;
  const { p50, p90 } = left(kept, now);
  return p90 <= 0 ? null : { p50: Math.max(1, p50), p90: Math.max(1, p90) };
}
