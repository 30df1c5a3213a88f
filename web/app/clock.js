// @ts-check
/**
 * The server's clock, estimated from its last status. Deadlines come from the
 * server, and a fan's own clock may be wrong by hours.
 */
let offset = 0;

/** @param {string} serverTime RFC 3339, read just now */
export function set(serverTime) {
  const at = Date.parse(serverTime);
  if (!Number.isNaN(at)) offset = at - Date.now();
}

/** @returns {number} the server's time in ms */
export function now() {
  return Date.now() + offset;
}

/**
 * @param {string|null|undefined} moment RFC 3339
 * @returns {number} ms left, never below 0; 0 for no moment
 */
export function left(moment) {
  if (!moment) return 0;
  return Math.max(0, Date.parse(moment) - now());
}
