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
 * @property {string|null} out why the fan is out, if so
 */

/** @type {LineMemory} */
export const blank = Object.freeze({ state: null, place: null, number: null, position: null, out: null });

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
    default:
      return {
        state: status.state,
        place: status.place ?? memory.place,
        number: status.number ?? memory.number,
        position: shownPosition(memory, status),
        out: null,
      };
  }
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
  const same = memory.number !== null && (status.number ?? memory.number) === memory.number;
  return same && memory.position !== null ? Math.min(memory.position, status.position) : status.position;
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
  if (roles.includes("admin") || roles.includes("staff")) return { join: false, out: null };
  return { join: true, out: null };
}
