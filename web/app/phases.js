// @ts-check

/**
 * The phases of a sale: which one is meant by who joins now, and what comes next.
 *
 * @typedef {import("../../clients/js/wire.js").Phase} Phase
 */

/**
 * The phase for which a fan joins now: the first that has not closed. Null without
 * phases, and after the last one.
 *
 * @param {Phase[]|undefined} phases
 * @param {number} now ms of the server's clock
 * @returns {Phase|null}
 */
export function phaseAt(phases, now) {
  return phases?.find(({ closesAt }) => !closesAt || now < Date.parse(closesAt)) ?? null;
}

/** Whether a phase has opened. @param {Phase} phase @param {number} now ms of the server's clock */
export function isOpen(phase, now) {
  return !phase.opensAt || Date.parse(phase.opensAt) <= now;
}

/**
 * The next phase to open after the one in which the sale is.
 *
 * @param {Phase[]|undefined} phases
 * @param {number} now ms of the server's clock
 * @returns {Phase|null}
 */
export function nextPhase(phases, now) {
  return phases?.find((phase) => !isOpen(phase, now)) ?? null;
}

/**
 * Whether the sale stands between two phases: one has closed, and the next has not opened.
 *
 * @param {Phase[]|undefined} phases
 * @param {number} now ms of the server's clock
 */
export function isBetween(phases, now) {
  const current = phaseAt(phases, now);
  return current !== null && current !== phases?.[0] && !isOpen(current, now);
}

/** Whether a fan who joins now needs a code. @param {Phase[]|undefined} phases @param {number} now ms of the server's clock */
export function needsCode(phases, now) {
  return phaseAt(phases, now)?.access === "code";
}
