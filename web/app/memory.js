// @ts-check
import { blank } from "./standing.js";

/**
 * The browser's storage. It may be full, forbidden or broken: then the page
 * works all the same and only forgets more.
 *
 * @typedef {import("./standing.js").Memory} Memory
 * @typedef {import("./types/app.js").Purchase} Purchase
 */

/**
 * @param {Storage} storage
 * @param {string} key
 * @returns {any}
 */
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {unknown} value null removes
 */
function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // Private windows may refuse; see above.
  }
}

/**
 * @param {string} season
 * @param {string} user
 */
const standingKey = (season, user) => `usher.standing.${season}.${user}`;

/**
 * @param {string} season
 * @param {string} user
 * @returns {Memory}
 */
export function standing(season, user) {
  return { ...blank, ...read(localStorage, standingKey(season, user)) };
}

/**
 * @param {string} season
 * @param {string} user
 * @param {Memory} memory
 */
export function keepStanding(season, user, memory) {
  write(localStorage, standingKey(season, user), memory);
}

/** Forgets every standing: a new sign-in joins afresh. */
export function forgetStandings() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("usher.standing.")) localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
}

const purchaseKey = "usher.purchase";

/**
 * @param {string} season
 * @param {string} user
 * @returns {Purchase|null} the purchase not known to be settled
 */
export function purchase(season, user) {
  const kept = read(sessionStorage, purchaseKey);
  return kept && kept.season === season && kept.user === user ? kept : null;
}

/** @param {Purchase|null} kept */
export function keepPurchase(kept) {
  write(sessionStorage, purchaseKey, kept);
}

const doneKey = "usher.done";

/**
 * @param {string} season
 * @param {string} user
 * @returns {import("./types/app.js").Done|null} what was bought last in this tab's visit
 */
export function done(season, user) {
  const kept = read(sessionStorage, doneKey);
  return kept && kept.season === season && kept.user === user ? kept.done : null;
}

/**
 * @param {string} season
 * @param {string} user
 * @param {import("./types/app.js").Done|null} done
 */
export function keepDone(season, user, done) {
  write(sessionStorage, doneKey, done && { season, user, done });
}

/**
 * What this browser saw of a draw before its order could be known; the gathered
 * are their hash, with a slash and the beacon's round where there is one.
 *
 * @typedef {{commitment: string, gathered: string}} Noted
 */

/** @param {string} season */
const drawKey = (season) => `usher.draw.${season}`;

/**
 * @param {string} season
 * @returns {Noted}
 */
export function drawNoted(season) {
  return { commitment: "", gathered: "", ...read(localStorage, drawKey(season)) };
}

/**
 * Notes what is seen first; what was noted stays.
 *
 * @param {string} season
 * @param {Noted} seen
 */
export function noteDraw(season, seen) {
  const before = drawNoted(season);
  write(localStorage, drawKey(season), { commitment: before.commitment || seen.commitment, gathered: before.gathered || seen.gathered });
}
