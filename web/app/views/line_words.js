// @ts-check
import { line, turn } from "../texts/chosen.js";

/**
 * How many are in front. The first in line with a wish is called when its seats are free.
 *
 * @param {import("../types/app.js").State} state
 */
export function placeWords({ lastPosition, status }) {
  if (lastPosition === null) return line.inLine;
  if (lastPosition > 1) return line.ahead(lastPosition - 1);
  return status && status.wish ? line.nextWish : line.next;
}

/**
 * How long the fan has inside. A hold ends with the session at the latest.
 *
 * @param {import("../types/app.js").KnownSeason} season
 */
export function insideWords({ sessionSeconds, holdSeconds }) {
  return sessionSeconds ? turn.inside(sessionSeconds, Math.min(holdSeconds, sessionSeconds)) : "";
}
