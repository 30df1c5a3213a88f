// @ts-check
/**
 * What the page in a frame shows, as one word and as a message to the page around it.
 *
 * @typedef {import("../../clients/js/wire.js").Season} Season
 * @typedef {import("../../clients/js/wire.js").Status} Status
 *
 * @typedef {"unknown"|"upcoming"|"open"|"sold_out"|"closed"|"gathering"|"waiting"|"turn"|"active"} Shown
 */

/**
 * A fan's own state comes first; without one it is the sale's.
 *
 * @param {Season|null} season null: not read yet
 * @param {Status|null} status the fan's own where the browser sends the session, else with state none
 * @param {number} now ms of the server's clock
 * @returns {Shown}
 */
export function stateOf(season, status, now) {
  if (status && status.state !== "none") return status.state;
  if (!season) return "unknown";
  if (season.closesAt && Date.parse(season.closesAt) <= now) return "closed";
  if (season.opensAt && Date.parse(season.opensAt) > now) return "upcoming";
  return season.sale?.stock === "gone" ? "sold_out" : "open";
}

/**
 * The message to the page around the frame. Its shape is described in docs/embedding.md:
 * other sites' scripts read it, so a field may be added, and none changed.
 *
 * @param {string} id of the season
 * @param {Season|null} season
 * @param {Status|null} status
 * @param {number} now ms of the server's clock
 * @param {number} height of what is shown, in CSS pixels
 */
export function messageOf(id, season, status, now, height) {
  const sale = season?.sale ?? null;
  return {
    type: "usher:state",
    version: 1,
    season: id,
    state: stateOf(season, status, now),
    position: status?.position ?? null,
    etaSeconds: status?.etaSeconds ?? null,
    deadline: status?.deadline ?? null,
    waiting: status?.waiting ?? null,
    paused: sale?.paused ?? false,
    stock: sale?.stock ?? "none",
    available: sale?.available ?? 0,
    total: sale?.total ?? 0,
    height,
  };
}

/**
 * Which origins a message to the page around the frame is addressed to. The browser says
 * where that page is from, or its address is the referrer; where neither is known, each
 * listed origin is tried, and the browser delivers to the right one only.
 *
 * @param {string[]} listed
 * @param {string|undefined} ancestor the origin that the browser names
 * @param {string} referrer
 * @returns {string[]} listed ones only
 */
export function addressees(listed, ancestor, referrer) {
  const around = ancestor ?? originOf(referrer);
  if (!around) return listed;
  return listed.filter((origin) => origin === around);
}

/** @param {string} address */
function originOf(address) {
  try {
    return new URL(address).origin;
  } catch {
    return "";
  }
}
