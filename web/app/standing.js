// @ts-check
/**
 * What the page remembers of a fan's standing between visits, and what follows
 * from it. Kept in localStorage by season and user, so that a new tab knows.
 *
 * @typedef {object} Memory
 * @property {import("./types/wire.js").LineState|null} state the last one seen
 * @property {string|null} place the signed place, to bring back one that was lost
 * @property {number|null} number
 * @property {number|null} position the last one shown
 * @property {string|null} out why the fan is out, if so
 */

/** @type {Memory} */
export const blank = Object.freeze({ state: null, place: null, number: null, position: null, out: null });

/**
 * @param {Memory} memory
 * @param {import("./types/wire.js").Status} status
 * @returns {Memory} what to remember now
 */
export function remember(memory, status) {
  switch (status.state) {
    case "none":
      return memory;
    case "turn":
    case "active":
      // The place is spent: bringing it back would be refused.
      return { ...blank, state: status.state };
    default:
      return {
        state: status.state,
        place: status.place ?? memory.place,
        number: status.number ?? memory.number,
        position: shown(memory, status),
        out: null,
      };
  }
}

/**
 * The position to show: a node that lags a tick behind must not move anybody
 * back, and while a line is put together again the last one stays.
 *
 * @param {Memory} memory
 * @param {{number: number|null, position: number|null}} status
 */
export function shown(memory, status) {
  if (status.position === null) return memory.position;
  const same = memory.number !== null && (status.number ?? memory.number) === memory.number;
  return same && memory.position !== null ? Math.min(memory.position, status.position) : status.position;
}

/**
 * What to do when the server says that the user is not in the line.
 *
 * @param {Memory} memory
 * @param {string[]} roles
 * @returns {{join: boolean, out: string|null}}
 */
export function onNone(memory, roles) {
  if (memory.out) return { join: false, out: memory.out };
  // Nobody said that this place has ended: it was lost, and the server takes it back.
  if (memory.state === "waiting" || memory.state === "gathering") return { join: true, out: null };
  if (memory.state === "turn" || memory.state === "active") return { join: false, out: "ended" };
  if (roles.includes("admin") || roles.includes("staff")) return { join: false, out: null };
  return { join: true, out: null };
}
