// @ts-check

/**
 * The draws of a season: one for each opening for which fans gather.
 *
 * @typedef {Partial<Pick<import("../../clients/js/wire.js").Season, "draw"|"draws"|"phases"|"opensAt">>} Season
 * @typedef {import("../../clients/js/wire.js").SeasonDraw} SeasonDraw
 */

/**
 * All draws by number; a server of the version before shows the first alone.
 *
 * @param {Season|null|undefined} season
 * @returns {SeasonDraw[]}
 */
export function drawsOf(season) {
  return season?.draws ?? (season?.draw ? [{ ...season.draw, number: 1 }] : []);
}

/**
 * The next draw to be held; the last one when all were. Null without a draw.
 *
 * @param {Season|null|undefined} season
 */
export function comingDraw(season) {
  const draws = drawsOf(season);
  return draws.find(({ held }) => !held) ?? draws[draws.length - 1] ?? null;
}

/**
 * When the phase of a draw opens; null when that is not known, because the phases were
 * changed.
 *
 * @param {Season} season
 * @param {number} number
 */
export function openingOfDraw(season, number) {
  if (season.phases?.length) return season.phases[number - 1]?.opensAt ?? null;
  return number === 1 ? (season.opensAt ?? null) : null;
}

/** The page of a draw of this season. @param {number} number */
export function addressOfDraw(number) {
  const query = new URLSearchParams(location.search);
  if (number > 1) query.set("number", String(number));
  return `/draw?${query}`;
}
