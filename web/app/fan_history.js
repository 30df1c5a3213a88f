// @ts-check
/**
 * What happened to one fan, in the order of time, from what the server keeps.
 *
 * @typedef {import("../../clients/js/wire.js").LineUser} LineUser
 * @typedef {"joined"|"admitted"|"entered"|"void"|"given_up"|"turn_missed"|"idle"|"session_ended"|"put_out"|"absent"|"season_closed"|"left"} What
 * @typedef {{at: string, what: What, number: number}} Entry
 */

/**
 * @param {LineUser} fan
 * @returns {Entry[]} newest first
 */
export function entriesOf(fan) {
  /** @type {Entry[]} */
  const all = [];
  const add = (/** @type {string|null} */ at, /** @type {string} */ what, /** @type {number} */ number) => {
    if (at !== null) all.push({ at, what: /** @type {What} */ (what), number });
  };
  const told = new Set();
  for (const place of fan.ended) {
    told.add(place.number);
    add(place.joinedAt, "joined", place.number);
    add(place.admittedAt, "admitted", place.number);
    add(place.endedAt, place.reason, place.number);
  }
  add(fan.joinedAt, "joined", fan.number);
  add(fan.admittedAt, "admitted", fan.number);
  for (const { number, what, at } of fan.numbers) {
    // How a number was given up is told above, if it is known.
    if (what !== "given_up" || !told.has(number)) add(at, what, number);
  }
  /** What comes first of what has one time. */
  const order = ["joined", "admitted", "entered"];
  const rank = (/** @type {Entry} */ entry) => (order.indexOf(entry.what) + 1 || order.length + 1);
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || rank(b) - rank(a));
}
