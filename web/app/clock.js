// @ts-check
/** The page's one estimate of the server's clock. The client sets it, the views read it. */
import { Clock } from "../../clients/js/src/clock.js";

export const shared = new Clock();

export const now = () => shared.now();

/** @param {string|null|undefined} moment RFC 3339 */
export const left = (moment) => shared.left(moment);
