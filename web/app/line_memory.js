// @ts-check
/**
 * What the page remembers of a fan's place between visits, and what follows from
 * it. Kept in localStorage by season and user, so that a new tab has it.
 *
 * @typedef {object} LineMemory
 * @property {import("../../clients/js/wire.js").LineState|null} state the last one seen
 * @property {string|null} place the signed place, to bring back a lost one
 * @property {number|null} number
 * @property {number|null} position the last one shown
 * @property {number|null} first the first one shown for this number
 * @property {import("./estimate.js").Estimate|null} estimate the expected wait that is shown for this number
 * @property {string|null} out why the fan is out, if so
 */

/** @type {LineMemory} */
export const blank = Object.freeze({ state: null, place: null, number: null, position: null, first: null, estimate: null, out: null });

/**
 * @param {LineMemory} memory
 * @param {import("../../clients/js/wire.js").Status} status
 * @returns {LineMemory} what to remember now
 */
export function remember(memory, status) {
  switch (status.state) {
    case "none":
      return memory;
    case "turn":
    case "active":
      // The place is used up: the server would refuse it.
      return { ...blank, state: status.state };
    default: {
      const position = shownPosition(memory, status);
      const same = samePlace(memory, status);
      return {
        state: status.state,
        place: status.place ?? memory.place,
        number: status.number ?? memory.number,
        position,
        first: (same ? memory.first : null) ?? position,
        estimate: same ? memory.estimate : null,
        out: null,
      };
    }
  }
}

/**
 * @param {LineMemory} memory
 * @param {{number: number|null}} status
 */
function samePlace(memory, status) {
  return memory.number !== null && (status.number ?? memory.number) === memory.number;
}

/**
 * How far the fan has come since joining, from 0 to 1.
 *
 * @param {LineMemory} memory
 */
export function progress({ first, position }) {
  return first === null || position === null || first <= 1 ? 0 : Math.min(1, Math.max(0, (first - position) / first));
}

/**
 * The position to show. It never gets worse for one number: a node may lag a tick
 * behind. While the line is rebuilt the last position stays.
 *
 * @param {LineMemory} memory
 * @param {{number: number|null, position: number|null}} status
 */
export function shownPosition(memory, status) {
  if (status.position === null) return memory.position;
  return samePlace(memory, status) && memory.position !== null ? Math.min(memory.position, status.position) : status.position;
}

/**
 * What to do when the server says that the user is not in the line.
 *
 * @param {LineMemory} memory
 * @param {string[]} roles
 * @returns {{join: boolean, out: string|null}}
 */
export function onNone(memory, roles) {
  if (memory.out) return { join: false, out: memory.out };
  // The place was lost without having ended: the server takes it back.
  if (memory.state === "waiting" || memory.state === "gathering") return { join: true, out: null };
  if (memory.state === "turn" || memory.state === "active") return { join: false, out: "ended" };
  if (roles.length > 0) return { join: false, out: null };
  return { join: true, out: null };
}
